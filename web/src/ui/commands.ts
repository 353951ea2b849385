import { answer, api, type Schemas } from "../api/client";
import { ProblemError } from "../api/problem";

const PAUSES = [150, 250, 400, 600, 800, 1_000];
const LONGEST = 30_000;

/**
 * Waits for the outcome of a command to delivery: a broadcast, templates, a channel. Throws ProblemError if it was
 * refused, or not decided within half a minute: it is still queued then.
 */
export async function outcomeOf(workspace: string, command: string): Promise<Schemas["OperationState"]> {
  const until = Date.now() + LONGEST;
  for (let tried = 0; ; tried++) {
    await new Promise((resolve) => window.setTimeout(resolve, PAUSES[tried] ?? 1_000));
    const found = await look(workspace, command);
    if (found?.done) return found;
    if (found)
      throw new ProblemError(409, { type: `/${found.code}`, title: found.code, detail: found.detail });
    if (Date.now() > until) throw new ProblemError(0, { type: "/not-decided", title: "Not decided yet" });
  }
}

async function look(workspace: string, command: string): Promise<Schemas["OperationState"] | null> {
  try {
    return await answer(
      api.GET("/api/v1/workspaces/{workspace}/commands/{command}", {
        params: { path: { workspace, command } },
      }),
    );
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return null;
    throw error;
  }
}
