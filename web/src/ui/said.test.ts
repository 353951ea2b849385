import { expect, test } from "vitest";
import { said } from "./said";

const SAYINGS = {
  waits: ({ until }: Readonly<Record<string, string>>) => (until ? `espera hasta ${until}` : "espera"),
};

test.each([
  ["waits", { until: "9:00" }, "espera hasta 9:00"],
  ["waits", {}, "espera"],
  ["new_code", {}, "It waits."],
  ["toString", {}, "It waits."],
])("%s with %o is said as %s", (code, values, wanted) => {
  expect(said(SAYINGS, code, values, "It waits.")).toBe(wanted);
});
