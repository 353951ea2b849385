import { expect, test } from "vitest";
import { checkFile } from "./files";

const file = (name: string, size = 1000, type = "") => ({ name, size, type });
const MB = 1024 * 1024;

test.each([
  ["a picture", file("a.PNG"), "meta", "image", ""],
  ["a picture of more than 5 MB", file("a.jpg", 6 * MB), "meta", "image", "size"],
  ["a document of 20 MB", file("a.pdf", 20 * MB), "meta", "document", ""],
  ["one that Twilio does not take", file("a.pdf", 20 * MB), "twilio", "document", "size"],
  ["one that MSG91 does not take", file("a.pdf", 17 * MB), "msg91", "document", "size"],
  ["one of more than the console takes", file("a.pdf", 26 * MB), "meta", "document", "size"],
  ["a page", file("a.html"), "meta", "document", "type"],
  ["a picture that could run", file("a.svg", 10, "image/svg+xml"), "meta", "document", "type"],
  ["an empty file", file("a.pdf", 0), "meta", "document", "empty"],
  ["a name without an ending", file("README"), "meta", "document", "type"],
  ["a pasted picture without a name", file("", 10, "image/png"), "meta", "image", ""],
])("%s is checked before it is uploaded", (_, given, provider, kind, problem) => {
  expect(checkFile(given, provider)).toMatchObject({ kind, problem });
});

test("a pasted picture gets a name with its ending", () => {
  expect(checkFile(file("", 10, "image/png"), "meta").name).toBe("picture.png");
  expect(checkFile(file("Screen Shot", 10, "image/jpeg"), "meta").name).toBe("Screen Shot.jpg");
});
