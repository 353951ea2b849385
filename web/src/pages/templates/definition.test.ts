import { expect, test } from "vitest";
import { filled, isDisliked, qualityOf, sendable, type Template, variablesOf } from "./definition";

test("numbered variables are in the order of their numbers, named ones as they appear", () => {
  expect(variablesOf("{{2}} of {{1}}, {{ 2 }}")).toEqual(["1", "2"]);
  expect(variablesOf("{{last}} {{first}}")).toEqual(["last", "first"]);
});

test("values go to their variables, and one without a value is shown as it is", () => {
  expect(filled("{{2}} of {{1}}", ["May", "3"])).toBe("3 of May");
  expect(filled("Hello {{name}}", [""])).toBe("Hello {{name}}");
});

test.each([
  ["APPROVED", "yes"],
  ["-", "yes"],
  ["REJECTED", "rejected"],
  ["PAUSED", "paused"],
  ["NEW_WORD", "other"],
])("a template that is %s is %s to send", (status, wanted) => {
  expect(sendable({ status, parts: [] } as unknown as Template)).toBe(wanted);
});

test.each([
  ["GREEN", "high", false],
  ["YELLOW", "medium", true],
  ["RED", "low", true],
  ["UNKNOWN", "new", false],
  ["PURPLE", null, false],
  [undefined, null, false],
])("a template that the provider rates %s has the quality %s", (quality, wanted, disliked) => {
  expect(qualityOf({ quality })).toBe(wanted);
  expect(isDisliked({ quality })).toBe(disliked);
});
