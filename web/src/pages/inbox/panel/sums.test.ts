import { expect, test } from "vitest";
import { sumsOf } from "./sums";

test("a cart has a sum for each currency, without what is not sold any more", () => {
  const line = (total: string | null, currency = "EUR") => ({ total, currency });
  expect(sumsOf([line("9.00"), line("1.50"), line("3", "USD"), line(null, "")])).toEqual([
    ["EUR", 10.5],
    ["USD", 3],
  ]);
  expect(sumsOf([line(null)])).toEqual([]);
});
