import { expect, test } from "vitest";
import { fromCsv, toCsv } from "./csv";

test("cells that a spreadsheet takes for formulas are made harmless", () => {
  expect(toCsv([["=1+1", 'say "hi"', "Ada"]])).toBe('"\'=1+1","say ""hi""","Ada"\r\n');
});

test("quotes, line ends in cells and other separators are read", () => {
  expect(fromCsv('\uFEFFphone;name\r\n+1;"Ada; ""A""\nL"\r\n\r\n')).toEqual([
    ["phone", "name"],
    ["+1", 'Ada; "A"\nL'],
  ]);
});
