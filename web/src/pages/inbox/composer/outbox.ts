/** Keeps texts in this browser until the console has them: drafts, and messages whose outcome is not known yet. */
export type KeptDraft = { text: string; intent: string; replyTo?: string };
export type Outgoing = { intent: string; command: string; text: string; note: boolean; replyTo?: string };

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
    return { text: found.text, intent: String(found.intent ?? ""), replyTo: String(found.replyTo ?? "") };
  }

  keepDraft(draft: KeptDraft) {
    write(this.draftKey, draft);
  }

  /** Forgets the draft if it is still this one, which the console has now. */
  dropDraft(text: string, replyTo = "") {
    const kept = this.draft();
    if (kept?.text === text && (kept.replyTo ?? "") === replyTo) remove(this.draftKey);
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
