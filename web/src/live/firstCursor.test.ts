import { expect, test } from "vitest";
import { earliest, firstCursor } from "./firstCursor";
import { noteCursor } from "./noteCursor";

// Of the positions (5, 300, 70000, 0), (7, 200, 70001, 2 ** 40) and (5, 200, 70000, 0), as the server writes them.
const ONE = "AQABAgMEBQYHCAkKCwwNDg8FrALwogQA";
const OTHER = "AQABAgMEBQYHCAkKCwwNDg8HyAHxogSAgICAgCA";
const BOTH = "AQABAgMEBQYHCAkKCwwNDg8FyAHwogQA";

test("the earlier position of each partition is before both cursors", () => {
  expect(earliest(ONE, OTHER)).toBe(BOTH);
  expect(earliest(OTHER, ONE)).toBe(BOTH);
  expect(earliest(ONE, "no cursor")).toBeNull();
});

test("the connection begins before all answers, and is unsure without any", () => {
  expect(firstCursor("acme")).toEqual({ cursor: null, unsure: true });
  for (const cursor of [ONE, OTHER, ONE]) noteCursor("/api/v1/workspaces/acme/labels", cursor);
  expect(firstCursor("acme")).toEqual({ cursor: BOTH, unsure: false });
});
