import { expect, test } from "vitest";
import { intentOf } from "./intent";

test("the same request again has the same key, another one another key", () => {
  const first = intentOf(null, { name: "Spring" });
  expect(intentOf(first, { name: "Spring" }).key).toBe(first.key);
  expect(intentOf(first, { name: "Summer" }).key).not.toBe(first.key);
});
