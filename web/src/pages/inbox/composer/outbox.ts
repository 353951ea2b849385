import type { Schemas } from "../../../api/client";
import { type Filled, NOTHING_FILLED } from "./templates";

/** Keeps texts in this browser until the console has them: drafts, and messages whose outcome is not known yet. */
export type KeptDraft = { text: string; intent: string; replyTo?: string; template?: KeptTemplate | null };

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

/** The texts of one person in one conversation. */
export class LocalTexts {
  private readonly draftKey: string;
  private readonly outKey: string;

  constructor(workspace: string, person: string, conversation: string) {
    this.draftKey = `parley.draft.${workspace}.${person}.${conversation}`;
    this.outKey = `parley.outgoing.${workspace}.${person}.${conversation}`;
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
    };
  }

  keepDraft(draft: KeptDraft) {
    write(this.draftKey, draft);
  }

  /** Forgets the draft if it is still this one, which the console has now. */
  dropDraft(text: string, replyTo = "", template: KeptTemplate | null = null) {
    const kept = this.draft();
    const same = kept?.text === text && (kept.replyTo ?? "") === replyTo;
    if (same && JSON.stringify(kept.template) === JSON.stringify(template)) remove(this.draftKey);
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
