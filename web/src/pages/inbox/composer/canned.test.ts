import { expect, test } from "vitest";
import { type Canned, fillVariables, matching, wordsOf } from "./canned";

const reply = (shortcut: string, body: object) => ({ shortcut, body, labels: [] }) as unknown as Canned;
const REPLIES = [
  reply("hello", { type: "text", body: "Hello" }),
  reply("help", { type: "text", body: "Help" }),
];

test.each([
  ["/", ["hello", "help"]],
  ["/HEL", ["hello", "help"]],
  ["/help", ["help"]],
  ["/x", []],
])("%s offers %s", (text, wanted) => {
  expect(matching(text, REPLIES)?.map((one) => one.shortcut)).toEqual(wanted);
});

test.each(["hello", "/help me", "a/b", ""])("%j is no shortcut", (text) => {
  expect(matching(text, REPLIES)).toBeNull();
});

test("variables are filled in, and unknown ones stay", () => {
  const values = { customer: { name: "Ada", fields: { size: 4 } }, agent: { name: "Ann" } };
  const text = "Hi {{ customer.name }} {{customer.fields.size}} {{ agent.name }} {{ customer.nothing }}";
  expect(fillVariables(text, values)).toBe("Hi Ada 4 Ann {{ customer.nothing }}");
});

test("options of a saved reply become numbered lines", () => {
  const body = { type: "buttons", body: "Which?", buttons: [{ title: "A" }, { title: "B" }] };
  expect(wordsOf(reply("x", body))).toBe("Which?\n\n1. A\n2. B");
});
