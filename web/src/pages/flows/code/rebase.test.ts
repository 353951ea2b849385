import { ChangeSet } from "@codemirror/state";
import { expect, test } from "vitest";
import { type Beside, isAhead, plain, taken, together, typed } from "./rebase";

const SOURCE = "flow: a\r\nsteps:\r\n  x: Hi # kept\n  y: |\r    odd\r\n";

function type(beside: Beside, from: number, to: number, insert: string): Beside {
  const length = beside.local.newLength;
  return { ...beside, local: beside.local.compose(ChangeSet.of({ from, to, insert }, length)) };
}

test("a text that nobody typed in keeps every byte", () => {
  expect(typed(together(SOURCE))).toBe(SOURCE);
  expect(isAhead(together(SOURCE))).toBe(false);
});

test("typing changes its own characters only, and new lines end as the file's do", () => {
  const at = plain(SOURCE).indexOf("Hi");
  const beside = type(together(SOURCE), at, at + 2, "Hello\nthere");
  expect(typed(beside)).toBe(SOURCE.replace("Hi", "Hello\r\nthere"));
  const deleted = type(beside, 0, "flow: a\n".length, "");
  expect(typed(deleted)).toBe(SOURCE.replace("flow: a\r\n", "").replace("Hi", "Hello\r\nthere"));
});

test("what was typed stays when the draft changes elsewhere", () => {
  const at = plain(SOURCE).indexOf("Hi");
  const mine = type(together(SOURCE), at, at + 2, "Hello");
  const next = SOURCE.replace("flow: a", "flow: longer-name");
  const { beside, change } = taken(mine, next);
  expect(typed(beside)).toBe(next.replace("Hi", "Hello"));
  let doc = "";
  const text = plain(SOURCE).replace("Hi", "Hello");
  let from = 0;
  change.iterChanges((fromA, toA, _, __, inserted) => {
    doc += text.slice(from, fromA) + inserted.toString();
    from = toA;
  });
  expect(doc + text.slice(from)).toBe(plain(next).replace("Hi", "Hello"));
});

test("what was typed at the same place stays beside the other change", () => {
  const at = plain(SOURCE).indexOf("Hi") + 2;
  const mine = type(together(SOURCE), at, at, " all");
  const { beside } = taken(mine, SOURCE.replace("Hi", "Hi you"));
  expect(typed(beside)).toMatch(/Hi (all you| you all|.*all.*) # kept/);
});
