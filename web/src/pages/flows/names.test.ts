import { expect, test } from "vitest";
import { emptyFlow, freeName, isFlowName } from "./names";

test("a name has small letters, digits and dashes, and begins with a letter", () => {
  expect(["shop", "a", "order-status_2"].every(isFlowName)).toBe(true);
  expect(["", "Shop", "2nd", "a b", "ñandú", `a${"b".repeat(63)}`].some(isFlowName)).toBe(false);
});

test("a name that is taken gets the first free number", () => {
  expect(freeName("shop", [])).toBe("shop");
  expect(freeName("shop", ["shop", "shop-2", "shop-4"])).toBe("shop-3");
});

test("a new flow greets, whatever the greeting has in it", () => {
  expect(emptyFlow("hi", 'Say "hi"')).toContain('hello: "Say \\"hi\\""');
});
