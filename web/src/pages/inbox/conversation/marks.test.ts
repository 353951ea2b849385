import { expect, test } from "vitest";
import { marksOf } from "./marks";

const hits = (text: string, words: string) =>
  marksOf(text, words)
    .filter((one) => one.hit)
    .map((one) => one.text);

test("words are marked without differences of case and accents", () => {
  expect(hits("Where is my ORDER? Ordèr 12", "order")).toEqual(["ORDER", "Ordèr"]);
  expect(hits("a café, a CAFE\u0301", "cafe")).toEqual(["café", "CAFE\u0301"]);
  expect(hits("👍🏾 red 👍🏾 shoes", "shoes red")).toEqual(["red", "shoes"]);
  expect(hits("nothing here", "order")).toEqual([]);
});

test("the pieces are the whole text", () => {
  const text = "İstanbul ﬁn ½ café";
  for (const words of ["", "fin", "caf", "i"])
    expect(
      marksOf(text, words)
        .map((one) => one.text)
        .join(""),
    ).toBe(text);
});
