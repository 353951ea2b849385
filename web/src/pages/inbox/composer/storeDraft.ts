import { answer, api } from "../../../api/client";
import type { Draft } from "./outbox";

type Where = { workspace: string; conversation: string };

export const hasDraft = ({ text, template, note }: Draft) => text !== "" || template !== null || note !== "";

/** Stores a draft at the console instead of the former one; an empty one removes it. Throws ProblemError. */
export async function storeDraft(path: Where, draft: Draft, intent: string) {
  const url = "/api/v1/workspaces/{workspace}/conversations/{conversation}/draft" as const;
  if (!hasDraft(draft)) return void (await answer(api.DELETE(url, { params: { path } })));
  const { text, template, note, replyTo } = draft;
  const body = { text, template, note, reply_to: replyTo, intent };
  await answer(api.PUT(url, { params: { path }, body }));
}
