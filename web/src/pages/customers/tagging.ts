import { notifications } from "@mantine/notifications";
import { answer, api, type Schemas } from "../../api/client";
import type { Texts } from "../../texts";

const EVERY = 1_000;
const LONGEST = 60_000;

/** Shows how a change of many customers' tags goes on, in a notification, until all have it. */
export async function showTagging(
  workspace: string,
  { command, customers: count }: Schemas["TagsQueued"],
  texts: Texts["customers"],
): Promise<void> {
  notifications.show({ id: command, message: texts.tagging(count), loading: true, autoClose: false });
  const changed = await changedIn(workspace, command);
  const message = changed === null ? texts.stillTagging : texts.tagged(changed, count);
  notifications.update({ id: command, message, loading: false, autoClose: 5_000 });
}

/** Returns how many customers have the change at its end; null if it is not over in a minute, or not followed. */
async function changedIn(workspace: string, command: string): Promise<number | null> {
  const until = Date.now() + LONGEST;
  while (Date.now() < until) {
    const found = await progressOf(workspace, command);
    if (found?.state === "done") return found.changed;
    await new Promise((resolve) => window.setTimeout(resolve, EVERY));
  }
  return null;
}

async function progressOf(workspace: string, command: string): Promise<Schemas["TagsProgress"] | null> {
  try {
    return await answer(
      api.GET("/api/v1/workspaces/{workspace}/customers/tags/{command}", {
        params: { path: { workspace, command } },
      }),
    );
  } catch {
    return null; // the next look may succeed; the change goes on without it
  }
}
