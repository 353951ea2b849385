import { expect, test } from "vitest";
import { merged, type PhoneItem } from "./usePhone";

const item = (seq: number) => ({ seq, kind: "message", id: `m${seq}`, at: seq }) as PhoneItem;

test("what arrives twice or late is shown once, in its place", () => {
  const shown = merged([item(1), item(3)], [item(2), item(3)]);
  expect(shown.map((one) => one.seq)).toEqual([1, 2, 3]);
});
