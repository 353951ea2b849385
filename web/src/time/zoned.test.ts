import { expect, test } from "vitest";
import { inZone } from "./zoned";

test.each([
  ["2026-03-14T09:00", "Europe/Berlin", "2026-03-14T08:00:00.000Z", false, false],
  ["2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:30:00.000Z", true, false],
  ["2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00.000Z", false, true],
  ["2026-06-01T12:00", "Asia/Kathmandu", "2026-06-01T06:15:00.000Z", false, false],
  ["2026-06-01T12:00", "America/Sao_Paulo", "2026-06-01T15:00:00.000Z", false, false],
])("%s in %s is one instant", (local, zone, instant, shifted, twice) => {
  const found = inZone(local, zone);
  expect([found.at.toISOString(), found.shifted, found.twice]).toEqual([instant, shifted, twice]);
});
