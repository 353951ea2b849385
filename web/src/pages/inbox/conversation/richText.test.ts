import { expect, test } from "vitest";
import { isEmojiOnly, piecesOf } from "./richText";

const shown = (text: string) =>
  piecesOf(text)
    .map((one) => (one.kind === "text" ? one.text : `[${one.kind} ${one.text}]`))
    .join("");

test.each([
  ["*Hello* _dear_ ~old~ `code`", "[bold Hello] [italic dear] [strike old] [code code]"],
  ["see https://example.com/a_b_c?x=1.", "see [link https://example.com/a_b_c?x=1]."],
  ["2*3*4 and snake_case_name", "2*3*4 and snake_case_name"],
  ["* not bold *", "* not bold *"],
  ["javascript:alert(1) http://user:pw@evil.example", "javascript:alert(1) http://user:pw@evil.example"],
  ["<b>no</b> <script>alert(1)</script>", "<b>no</b> <script>alert(1)</script>"],
  ["```a *b* c```", "[code a *b* c]"],
  ["", ""],
])("%s", (text, wanted) => expect(shown(text)).toBe(wanted));

test("a long text of marks is cut quickly", () => {
  expect(piecesOf("*_~`".repeat(5_000)).length).toBeGreaterThan(0);
  expect(piecesOf(`${"*a ".repeat(5_000)}`).length).toBe(1);
});

test("emoji alone are recognised", () => {
  expect(isEmojiOnly("👍🏽")).toBe(true);
  expect(isEmojiOnly("👨‍👩‍👧‍👦 ❤️")).toBe(true);
  expect(isEmojiOnly("12")).toBe(false);
  expect(isEmojiOnly("ok 👍")).toBe(false);
});
