import type { Schemas } from "../../../api/client";
import type { PhoneItem } from "../../phone/usePhone";

export type Heard = Partial<Schemas["Heard"]>;
export type Answer = Schemas["FlowTried"];
export type Customer = Schemas["SimulatedCustomer"];
type Bubble = Schemas["FlowBubble"];

/** One thing that happened, and what the flow did. modelSays: what a model was made to answer. */
export type Turn = { heard: Heard; answer: Answer; modelSays: string };

/**
 * The circumstances of a conversation. now: when it begins; empty: now. silent: the customer has not written lately. ad:
 * id of the ad by which the first message comes.
 */
export type Setting = { customer: Customer; now: string; silent: boolean; ad: string };

/** A line of the conversation on the screen: a message, or what happens between messages. */
export type Line =
  | { key: string; kind: "message"; item: PhoneItem; by: string; tooLate: boolean; open: boolean }
  | { key: string; kind: "waited"; time: string }
  | { key: string; kind: "started" | "ended" | "notTaken" | "withPerson" }
  | { key: string; kind: "handOff"; reason: string }
  | { key: string; kind: "asksModel"; brief: string };

/** Returns the lines of a conversation as a provider shows it. The last message's options are unfolded. */
export function linesOf(turns: readonly Turn[], provider: string): Line[] {
  const lines: Line[] = [];
  let seq = 0;
  const message = (text: string, mine: boolean, at: string, more: Partial<PhoneItem> = {}): PhoneItem => {
    seq += 1;
    const kind = mine ? "written" : "message";
    const seconds = Date.parse(at) / 1000;
    return { ...EMPTY, seq, id: String(seq), kind, text, at: seconds, ...more };
  };
  turns.forEach(({ heard, answer, modelSays }, place) => {
    const key = (what: string) => `${place} ${what}`;
    const last = place === turns.length - 1;
    const wasRunning = Boolean(turns[place - 1]?.answer.step);
    if (heard.start) lines.push({ key: key("start"), kind: "started" });
    else if (heard.wait) lines.push({ key: key("wait"), kind: "waited", time: heard.wait });
    else {
      const item = message(heard.text ?? (heard.title || heard.button) ?? "", true, answer.now, {
        media: heard.media ?? "",
      });
      lines.push({ key: key("heard"), kind: "message", item, by: "customer", tooLate: false, open: false });
    }
    for (const [number, bubble] of (answer.bubbles[provider] ?? []).entries()) {
      const item = message("", false, answer.now, shownBody(bubble.body));
      const open = last;
      lines.push({
        key: key(String(number)),
        kind: "message",
        item,
        by: bubble.by,
        tooLate: bubble.too_late,
        open,
      });
    }
    if (answer.asks_model !== null && !modelSays)
      lines.push({ key: key("model"), kind: "asksModel", brief: answer.asks_model });
    else if (!answer.taken && !modelSays) lines.push({ key: key("others"), kind: "notTaken" });
    if (answer.with_person && answer.hand_off === null && !heard.wait && !heard.start)
      lines.push({ key: key("person"), kind: "withPerson" });
    if (answer.hand_off !== null) lines.push({ key: key("hand"), kind: "handOff", reason: answer.hand_off });
    else if (
      answer.step === null &&
      answer.taken &&
      (answer.trace.length > 0 || wasRunning) &&
      !answer.with_person
    )
      lines.push({ key: key("end"), kind: "ended" });
  });
  return lines;
}

const EMPTY: PhoneItem = {
  seq: 0,
  id: "",
  kind: "message",
  text: "",
  at: 0,
  header: "",
  footer: "",
  media: "",
  list_button: "",
  options: [],
};

type Option = { id: string; title: string; description?: string };

/** Returns how the phone shows a message of the flow. */
export function shownBody(body: Bubble["body"]): Partial<PhoneItem> {
  const text = (name: string) => (typeof body[name] === "string" ? (body[name] as string) : "");
  const options = (name: string, row: boolean) =>
    ((body[name] ?? []) as Option[]).map((one) => ({ description: "", url: "", ...one, row }));
  switch (body.type) {
    case "buttons":
      return { text: text("body"), options: options("buttons", false) };
    case "list":
      return { text: text("body"), options: options("rows", true), list_button: text("button") };
    case "media":
      return { text: text("caption"), media: `${text("kind")} ${text("filename") || text("url")}`.trim() };
    case "template":
      return {
        header: text("name"),
        text: ((body.parameters ?? []) as string[]).join(" · "),
        footer: text("language"),
      };
    default:
      return { text: text("body") };
  }
}

/** Returns what is given to make a test of a conversation; a model's answers are no part of it. */
export function heardOf(turns: readonly Turn[]): Heard[] {
  return turns.map(({ heard }) => heard);
}

/** Returns the step at which a conversation of this flow waits; null: nowhere in it. */
export function stepOf(turns: readonly Turn[], flow: string): string | null {
  const answer = turns.at(-1)?.answer;
  return answer && answer.flow === flow ? answer.step : null;
}

/** Returns what there is of an effect, without what is empty. */
export function effectParts(effect: Record<string, unknown>): [string, string][] {
  return Object.entries(effect)
    .filter(([name, value]) => name !== "kind" && name !== "type" && !isNothing(value))
    .map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]);
}

function isNothing(value: unknown): boolean {
  if (value === null || value === "" || value === undefined) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
