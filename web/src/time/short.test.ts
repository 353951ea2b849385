import { expect, test } from "vitest";
import { dayOf, shortDuration, shortTime } from "./short";

const NOW = Date.parse("2026-03-29T10:00:00Z");

test.each([
  ["America/Sao_Paulo", "2026-03-29T02:30:00Z", "Sat"],
  ["Europe/Berlin", "2026-03-29T02:30:00Z", "4:30 AM"],
  ["Asia/Kathmandu", "2026-03-29T02:30:00Z", "8:15 AM"],
  ["Europe/Berlin", "2026-01-02T08:00:00Z", "Jan 2"],
  ["Europe/Berlin", "2024-01-02T08:00:00Z", "Jan 2, 2024"],
])("in %s %s is shown as %s", (zone, at, shown) => {
  expect(shortTime(at, NOW, zone, "en").replace(/\u202f/g, " ")).toBe(shown);
});

test("a day begins at the zone's midnight", () => {
  expect(dayOf(new Date("2026-03-28T23:30:00Z"), "Europe/Berlin")).toBe("2026-03-29");
  expect(dayOf(new Date("2026-03-28T23:30:00Z"), "UTC")).toBe("2026-03-28");
});

test.each([
  [0, "< 1 min"],
  [60_000, "1 min"],
  [12 * 60_000 + 59_000, "12 min"],
  [3 * 3_600_000, "3 hr"],
  [50 * 3_600_000, "2 days"],
])("%i ms is %s", (length, shown) => {
  expect(shortDuration(length, "en")).toBe(shown);
});
