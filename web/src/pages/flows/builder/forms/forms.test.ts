import { expect, test } from "vitest";
import { KINDS, type Kind } from "../kinds";
import { shownAs } from "./options";
import { formOf, keysOf, unknownKeys } from "./schema";
import { completed, matching, variablesOf, writingAt } from "./variables";

test("each kind of steps has its main keys in the schema", () => {
  for (const [kind, keys] of Object.entries(KINDS)) {
    for (const key of keys) expect(Object.keys(keysOf(kind as Kind))).toContain(key);
  }
});

test("fields have the form that the schema says", () => {
  const of = (kind: Kind, key: string) => formOf(keysOf(kind)[key] ?? {});
  expect(of("choose", "style")).toBe("choice");
  expect(of("choose", "retries")).toBe("number");
  expect(of("choose", "save")).toBe("text");
  expect(of("ai", "until")).toBe("texts");
  expect(of("set", "set")).toBe("values");
  expect(of("customer", "qualified")).toBe("switch");
  expect(unknownKeys({ text: "Hi", colour: "red" }, "say")).toEqual(["colour"]);
});

test("options are shown as they fit", () => {
  expect(shownAs("auto", ["Yes", "No"], false)).toBe("buttons");
  expect(shownAs("auto", ["Yes", "No"], true)).toBe("list");
  expect(shownAs("auto", ["1", "2", "3", "4"], false)).toBe("list");
  expect(shownAs("auto", ["A title that is much longer than rows"], false)).toBe("numbers");
});

test("variables are offered within expressions only", () => {
  expect(writingAt("Hello {{ cus", 12, false)).toEqual({ word: "cus", from: 9 });
  expect(writingAt("Hello {{", 8, false)).toEqual({ word: "", from: 8 });
  expect(writingAt("Hello {{ a }} b", 15, false)).toBeNull();
  expect(writingAt("{{ default(x, 'cus", 18, false)).toBeNull();
  expect(writingAt("guests > 12 and cus", 19, true)).toEqual({ word: "cus", from: 16 });
  expect(completed("Hello {{", { word: "", from: 8 }, "day", false)).toEqual(["Hello {{ day }}", 15]);
  expect(completed("{{ da }}", { word: "da", from: 3 }, "day", false)).toEqual(["{{ day }}", 6]);
});

test("variables are those that steps set, then built-in ones", () => {
  const model = {
    variables: { count: 0 },
    steps: { a: { ask: "?", save: "day" }, b: { set: { total: 1 } }, c: { fields: { last: "x" } } },
  };
  expect(variablesOf(model).slice(0, 4)).toEqual(["count", "day", "total", "customer.fields.last"]);
  expect(matching(variablesOf(model), "tot")).toEqual(["total"]);
});
