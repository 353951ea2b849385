import { expect, test } from "vitest";
import { isComposing } from "./composing";

const key = (more: KeyboardEventInit) => new KeyboardEvent("keydown", { key: "Enter", ...more });

test("Enter that takes the proposal of an input method is told from Enter that sends, in Safari too", () => {
  expect(isComposing(key({ isComposing: true, keyCode: 229 }))).toBe(true);
  expect(isComposing(key({ isComposing: false, keyCode: 229 }))).toBe(true);
  expect(isComposing(key({ keyCode: 13 }))).toBe(false);
});
