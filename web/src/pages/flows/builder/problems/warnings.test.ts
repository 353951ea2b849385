import { expect, test } from "vitest";
import { warningWords } from "./warnings";

test("a warning names its provider, if it has one", () => {
  const warning = { provider: "msg91", step: "menu", line: 3, message: "goes as 2 messages" };
  expect(warningWords(warning)).toBe("MSG91: goes as 2 messages");
  expect(warningWords({ ...warning, provider: "" })).toBe("goes as 2 messages");
});
