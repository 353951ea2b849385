import { expect, test } from "vitest";
import { fromCsv } from "./csv";

test("quotes, line ends in cells and other separators are read", () => {
  expect(fromCsv('\uFEFFphone;name\r\n+1;"Ada; ""A""\nL"\r\n\r\n')).toEqual([
    ["phone", "name"],
    ["+1", 'Ada; "A"\nL'],
  ]);
});
