import { expect, test } from "vitest";
import type { Row } from "../frames";
import { isWanted, type Rules, rulesOf } from "./rules";

const row = (mode: string, assigned_to: string) => ({ mode, assigned_to }) as Row;
const MINE = row("human", "me");
const NOBODYS = row("human", "");
const BOBS = row("human", "bob");
const BOTS = row("bot", "");

test.each([
  ["mine", [true, false, false, false]],
  ["waiting", [true, true, false, false]],
  ["all", [true, true, true, true]],
  ["off", [false, false, false, false]],
] as const)("with the rule %s", (about, wanted) => {
  const rules: Rules = { ...rulesOf({}), about };
  expect([MINE, NOBODYS, BOBS, BOTS].map((one) => isWanted(one, rules, "me", "12:00"))).toEqual(wanted);
});

test.each([
  ["22:00", "07:00", "23:30", false],
  ["22:00", "07:00", "06:59", false],
  ["22:00", "07:00", "07:00", true],
  ["12:00", "13:00", "12:30", false],
  ["12:00", "12:00", "12:00", true],
  ["", "", "03:00", true],
])("quiet from %s to %s: at %s a notification is shown: %s", (from, to, clock, wanted) => {
  expect(isWanted(MINE, rulesOf({ about: "mine", quiet_from: from, quiet_to: to }), "me", clock)).toBe(
    wanted,
  );
});

test("unknown settings are the defaults", () => {
  expect(rulesOf({ about: "everything", sound: "yes", quiet_from: "late" })).toEqual(rulesOf({}));
});
