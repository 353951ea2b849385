import { expect, test } from "vitest";
import { checkFile } from "./check";

const file = (...bytes: number[]) => new Blob([new Uint8Array(bytes)]);

test.each([
  ["empty", new Blob([])],
  ["workbook", file(0x50, 0x4b, 3, 4)],
  ["utf16", file(0xff, 0xfe, 0x41, 0)],
  ["encoding", file(0x4d, 0xfc, 0x6c, 0x6c, 0x65, 0x72)],
  [null, new Blob(["name,phone\nMüller,+4915112345678\n"])],
])("a file that is %s is told apart", async (fault, content) => {
  expect(await checkFile(content)).toBe(fault);
});
