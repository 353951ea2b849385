import type { Schemas } from "../../../api/client";
import { ownPlace } from "../../../app/own";
import { type Filled, NOTHING_FILLED } from "./templates";

/** Texts that a person has begun: an answer, a template that is being filled, and a note for colleagues. */
export type Draft = { text: string; replyTo: string; template: KeptTemplate | null; note: string };

/** A draft in this browser. intent: the key of its text, if it was sent without an answer. */
export type KeptDraft = Draft & { intent: string };

const DRAFT = "draft.";

/** A template that is being filled. */
export type KeptTemplate = { name: string; language: string; filled: Filled };

/** content: left out for texts. guard: who was to have the conversation; left out: nobody. */
export type Outgoing = {
  intent: string;
  command: string;
  text: string;
  note: boolean;
  replyTo?: string;
  content?: Schemas["NewMessage"]["content"];
  guard?: string | null;
};

/**
 * Keeps the texts of one person in one conversation in this browser until the console has them: drafts, and messages
 * whose outcome is not known yet. They are removed at a sign-out.
 */
export class LocalTexts {
  private readonly draftKey: string;
  private readonly outKey: string;

  constructor(workspace: string, person: string, conversation: string) {
    this.draftKey = ownPlace(person, `${DRAFT}${workspace}.${conversation}`);
    this.outKey = ownPlace(person, `outgoing.${workspace}.${conversation}`);
  }

  draft(): KeptDraft | null {
    const found = read(this.draftKey) as Partial<KeptDraft> | null;
    if (typeof found?.text !== "string") return null;
    const template = keptTemplate(found.template);
    return {
      text: found.text,
      intent: String(found.intent ?? ""),
      replyTo: String(found.replyTo ?? ""),
      template,
      note: String(found.note ?? ""),
    };
  }

  keepDraft(draft: KeptDraft) {
    write(this.draftKey, draft);
  }

  /** Forgets the draft if it is still this one, which the console has now. */
  dropDraft(draft: Draft) {
    const kept = this.draft();
    if (kept && isSameDraft(kept, draft)) remove(this.draftKey);
  }

  outgoing(): Outgoing[] {
    const found = read(this.outKey);
    return Array.isArray(found) ? (found as Outgoing[]).filter((one) => typeof one?.text === "string") : [];
  }

  keepOutgoing(one: Outgoing) {
    write(this.outKey, [...this.outgoing().filter((other) => other.intent !== one.intent), one]);
  }

  dropOutgoing(intent: string) {
    const rest = this.outgoing().filter((one) => one.intent !== intent);
    if (rest.length) write(this.outKey, rest);
    else remove(this.outKey);
  }
}

export const isSameDraft = (a: Draft, b: Draft) =>
  a.text === b.text &&
  a.replyTo === b.replyTo &&
  a.note === b.note &&
  JSON.stringify(a.template) === JSON.stringify(b.template);

/** Returns the conversations in which a person has a draft in this browser. */
export function keptDrafts(person: string) {
  const prefix = ownPlace(person, DRAFT);
  const names = Array.from({ length: localStorage.length }, (_, at) => localStorage.key(at) ?? "");
  return names
    .filter((name) => name.startsWith(prefix))
    .map((name) => {
      const [workspace = "", conversation = ""] = name.slice(prefix.length).split(".");
      return { workspace, conversation, texts: new LocalTexts(workspace, person, conversation) };
    });
}

/** Returns the template of a stored draft; null: there is none that this page knows. */
export function keptTemplate(found: unknown): KeptTemplate | null {
  const { name, language, filled } = (found ?? {}) as Partial<KeptTemplate>;
  if (typeof name !== "string" || typeof language !== "string") return null;
  return { name, language, filled: { ...NOTHING_FILLED, ...filled } };
}

// Storage may be full or forbidden; the texts are then kept in the page alone.
function read(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

function write(key: string, value: unknown) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // see above
  }
}

function remove(key: string) {
  try {
    localStorage.removeItem(key);
  } catch {
    // see above
  }
}
