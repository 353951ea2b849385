import { expect, test } from "vitest";
import { bodyOf, EMPTY } from "../pages/broadcasts/draft";
import { decimalOf } from "./decimal";

test("a decimal comma is sent as a point", () => {
  expect(["12,50", "12.50", " 7 ", ""].map(decimalOf)).toEqual(["12.50", "12.50", "7", ""]);
  const draft = { ...EMPTY, name: "News", kind: "text" as const, text: "Hello", segment: "vip" };
  expect(bodyOf({ ...draft, price: "0,045" }, "main", undefined)?.price).toBe("0.045");
});
