import { keptDrafts } from "./outbox";
import { storeDraft } from "./storeDraft";

/** Stores the drafts that only this browser has, of all conversations of a person. */
export async function storeLeftDrafts(person: string) {
  await Promise.allSettled(
    keptDrafts(person).map(async ({ workspace, conversation, texts }) => {
      const draft = texts.draft();
      if (draft) await storeDraft({ workspace, conversation }, draft, draft.intent);
    }),
  );
}
