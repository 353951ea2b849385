import { renderHook } from "@testing-library/react";
import { expect, test } from "vitest";
import { ProblemError } from "../api/problem";
import { intentOf, useIntent } from "./intent";

test("the same request again has the same key, another one another key", () => {
  const first = intentOf(null, { name: "Spring" });
  expect(intentOf(first, { name: "Spring" }).key).toBe(first.key);
  expect(intentOf(first, { name: "Summer" }).key).not.toBe(first.key);
});

test("the key is kept until the outcome is known", async () => {
  const keys: string[] = [];
  const { result } = renderHook(() => useIntent());
  const send = (error?: Error) =>
    result.current("start", async (key) => {
      keys.push(key);
      if (error) throw error;
    });
  const open = [
    new ProblemError(0, { type: "/not-decided" }),
    new ProblemError(409, { type: "/conflict" }, 1),
    new ProblemError(401, { type: "/signed-out" }),
  ];
  for (const error of open) await expect(send(error)).rejects.toBe(error);
  await expect(send(new ProblemError(409, { type: "/order-state" }))).rejects.toThrow();
  expect(new Set(keys).size).toBe(1);
  await send();
  await send();
  expect(new Set(keys).size).toBe(3);
});
