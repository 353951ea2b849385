import { expect, test } from "vitest";
import { newsOf } from "./news";

const BY = { kind: "member", id: "bob", name: "Bob" } as const;
const FRAME = { flow: "f", change: "edited", digest: "d2", by: BY, at: "2026-03-02T09:00:00Z" } as const;
const VIEW = {
  pending: 0,
  conflict: null,
  draft: { digest: "d1", stored: true, at: "2026-03-02T08:59:59Z" },
};

test("a colleague's edit is news, and is taken while nothing is unsent", () => {
  expect(newsOf(FRAME, VIEW, "ann")).toMatchObject({ name: "Bob", own: false, takes: true });
  expect(newsOf(FRAME, { ...VIEW, pending: 1 }, "ann")).toMatchObject({ takes: false });
});

test("what is known already is no news", () => {
  expect(newsOf({ ...FRAME, digest: "d1" }, VIEW, "ann")).toBeNull();
  expect(newsOf(FRAME, { ...VIEW, pending: 1 }, "bob")).toBeNull();
  expect(newsOf(FRAME, VIEW, "bob")).toMatchObject({ own: true });
  expect(newsOf({ ...FRAME, at: "2026-03-02T08:59:58Z" }, VIEW, "bob")).toBeNull();
  expect(newsOf({ ...FRAME, change: "published", digest: null }, VIEW, "bob")).toBeNull();
});
