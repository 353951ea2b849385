import { describe, expect, test } from "vitest";
import { wordDiff } from "./diff";

const marked = (pieces: { text: string; same: boolean }[]) =>
  pieces.map(({ text, same }) => (same ? text : `[${text.trim()}]${/\s$/.test(text) ? " " : ""}`)).join("");

describe("wordDiff", () => {
  test("marks words that only one text has", () => {
    const [left, right] = wordDiff("We open at 9 every day", "We open at 10 every single day");
    expect(marked(left)).toBe("We open at [9] every day");
    expect(marked(right)).toBe("We open at [10] every [single] day");
  });

  test("keeps both texts whole", () => {
    const [one, other] = ["Hello,  world\nbye", "Bye world"];
    const [left, right] = wordDiff(one, other);
    expect(left.map(({ text }) => text).join("")).toBe(one);
    expect(right.map(({ text }) => text).join("")).toBe(other);
  });

  test("does not mark capitals", () => {
    expect(wordDiff("Yes Please", "yes please")[0]).toEqual([{ text: "Yes Please", same: true }]);
  });

  test("compares very long texts as a whole", () => {
    const long = "word ".repeat(700);
    expect(wordDiff(long, `${long}more`)[1]).toEqual([{ text: `${long}more`, same: false }]);
  });

  test("takes empty texts", () => {
    expect(wordDiff("", "Hi")).toEqual([[], [{ text: "Hi", same: false }]]);
  });
});
