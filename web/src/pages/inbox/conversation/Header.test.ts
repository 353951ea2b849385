import { expect, test } from "vitest";
import { tomorrowAt } from "./Header";

test.each([
  ["UTC", "2026-03-10T22:00:00Z", "2026-03-11T09:00:00.000Z"],
  ["Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T07:00:00.000Z"],
  ["Asia/Kathmandu", "2026-03-28T20:00:00Z", "2026-03-30T03:15:00.000Z"],
  ["America/Sao_Paulo", "2026-03-28T20:00:00Z", "2026-03-29T12:00:00.000Z"],
])("nine o'clock tomorrow is that of %s", (zone, now, wanted) => {
  expect(tomorrowAt(9, zone, new Date(now)).toISOString()).toBe(wanted);
});
