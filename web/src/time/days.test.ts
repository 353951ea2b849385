import { expect, test } from "vitest";
import { addDays, dayOf, startOfDay } from "./days";

test.each([
  ["2026-03-29", "Europe/Berlin", "2026-03-28T23:00:00.000Z"],
  ["2026-03-30", "Europe/Berlin", "2026-03-29T22:00:00.000Z"],
  ["2026-10-25", "Europe/Berlin", "2026-10-24T22:00:00.000Z"],
  ["2026-06-01", "Asia/Kathmandu", "2026-05-31T18:15:00.000Z"],
  ["2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00.000Z"], // the clock skips midnight
  ["2018-02-18", "America/Sao_Paulo", "2018-02-18T03:00:00.000Z"], // 23 o'clock comes twice the evening before
])("%s begins in %s at %s", (day, zone, moment) => {
  expect(startOfDay(day, zone).toISOString()).toBe(moment);
});

test("a moment has its day in each zone", () => {
  const at = new Date("2026-03-14T23:30:00Z");
  expect([dayOf(at, "UTC"), dayOf(at, "Asia/Kathmandu")]).toEqual(["2026-03-14", "2026-03-15"]);
  expect(addDays("2026-02-28", 1)).toBe("2026-03-01");
});
