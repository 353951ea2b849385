import { expect, test } from "vitest";
import { seconds, usd } from "./money";

test("dollars have cents, and small amounts as many digits as they need", () => {
  const amounts = ["0", "12.345", "0.5", "0.0042", "0.00031"];
  expect(amounts.map((one) => usd("en", one))).toEqual(["$0.00", "$12.35", "$0.50", "$0.0042", "$0.00031"]);
});

test("a time that nobody knows is no zero", () => {
  expect([seconds("en", null), seconds("en", 0), seconds("en", 0.04), seconds("en", 2.14)]).toEqual([
    "–",
    "0s",
    "0.04s",
    "2.1s",
  ]);
});
