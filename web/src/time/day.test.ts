import { expect, test } from "vitest";
import { startOfDay } from "./day";

test.each([
  ["Africa/Lagos", "2026-03-10T00:30:00Z", "2026-03-09T23:00:00.000Z"],
  ["Asia/Kathmandu", "2026-03-10T18:20:00Z", "2026-03-10T18:15:00.000Z"],
  ["Europe/Berlin", "2026-03-29T20:00:00Z", "2026-03-28T23:00:00.000Z"],
  ["Europe/Berlin", "2026-10-25T22:30:00Z", "2026-10-24T22:00:00.000Z"],
  ["America/Sao_Paulo", "2026-03-10T02:59:00Z", "2026-03-09T03:00:00.000Z"],
])("a day of %s begins at midnight there", (zone, at, begins) => {
  expect(startOfDay(zone, new Date(at)).toISOString()).toBe(begins);
});
