import { expect, test } from "vitest";
import { type Answer, effectParts, heardOf, linesOf, shownBody, stepOf, type Turn } from "./talk";

const ANSWER: Answer = {
  position: "p",
  bubbles: {
    meta: [
      {
        by: "flow",
        body: { type: "buttons", body: "Which?", buttons: [{ id: "a", title: "A" }] },
        too_late: false,
      },
    ],
    twilio: [{ by: "flow", body: { type: "text", body: "Which?\n1. A" }, too_late: false }],
  },
  trace: [{ flow: "f", step: "which" }],
  notes: [],
  effects: [],
  cart: null,
  flow: "f",
  step: "which",
  variables: {},
  customer: {},
  now: "2026-03-02T09:00:00Z",
  due_at: null,
  window_open: true,
  asks_model: null,
  hand_off: null,
  taken: true,
  with_person: false,
  problems: [],
};
const turn = (heard: Turn["heard"], change: Partial<Answer> = {}, modelSays = ""): Turn => ({
  heard,
  answer: { ...ANSWER, ...change },
  modelSays,
});

test("each provider shows its own form of a message, and only the last options are open", () => {
  const turns = [turn({ start: "f" }), turn({ button: "a", title: "A" })];
  const meta = linesOf(turns, "meta");
  expect(meta.map((line) => line.kind)).toEqual(["started", "message", "message", "message"]);
  expect(meta.map((line) => line.kind === "message" && line.open)).toEqual([false, false, false, true]);
  const [, , pressed, answered] = meta;
  expect(pressed?.kind === "message" && [pressed.by, pressed.item.text]).toEqual(["customer", "A"]);
  expect(answered?.kind === "message" && answered.item.options?.[0]?.title).toBe("A");
  const twilio = linesOf(turns, "twilio")[1];
  expect(twilio?.kind === "message" && twilio.item.text).toBe("Which?\n1. A");
});

test("what happens between messages has lines of its own", () => {
  const none = { bubbles: { meta: [] } };
  const kinds = (one: Turn) => linesOf([one], "meta").map((line) => line.kind);
  expect(kinds(turn({ wait: "1h" }, { ...none, step: null }))).toEqual(["waited", "ended"]);
  const late = turn({ wait: "1d" }, { ...none, step: null, trace: [] });
  expect(linesOf([turn({ text: "a" }, none), late], "meta").map((line) => line.kind)).toEqual([
    "message",
    "waited",
    "ended",
  ]);
  expect(kinds(turn({ text: "?" }, { ...none, taken: false }))).toEqual(["message", "notTaken"]);
  expect(kinds(turn({ text: "?" }, { ...none, with_person: true }))).toEqual(["message", "withPerson"]);
  expect(kinds(turn({ text: "?" }, { ...none, asks_model: "Be kind" }))).toEqual(["message", "asksModel"]);
  expect(kinds(turn({ text: "?" }, { ...none, asks_model: "Be kind" }, "Hi"))).toEqual(["message"]);
  expect(kinds(turn({ text: "x" }, { ...none, step: null, hand_off: "why" }))).toEqual([
    "message",
    "handOff",
  ]);
});

test("the step is that of this flow only", () => {
  expect(stepOf([turn({ text: "a" })], "f")).toBe("which");
  expect(stepOf([turn({ text: "a" }, { flow: "sub" })], "f")).toBeNull();
  expect(stepOf([], "f")).toBeNull();
  expect(heardOf([turn({ text: "a" }), turn({ wait: "1d" })])).toEqual([{ text: "a" }, { wait: "1d" }]);
});

test("lists, files and templates are shown as on a phone", () => {
  const list = {
    type: "list",
    body: "Which?",
    button: "Choose",
    rows: [{ id: "r", title: "R", description: "d" }],
  };
  expect(shownBody(list)).toMatchObject({ text: "Which?", list_button: "Choose", options: [{ row: true }] });
  expect(shownBody({ type: "media", kind: "image", url: "https://x/y.png" })).toMatchObject({
    media: "image https://x/y.png",
  });
  expect(effectParts({ kind: "CustomerChange", add_tags: ["vip"], name: "", fields: {} })).toEqual([
    ["add_tags", '["vip"]'],
  ]);
});
