import { expect, test } from "vitest";
import { isListed } from "./data";
import { change, containment, percentile } from "./numbers";
import { byHours, daysOf, listDays, listHours, periodBefore, periodOf } from "./range";

const now = new Date("2026-03-29T22:30:00Z");

test.each([
  ["Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00.000Z", "2026-03-30T22:00:00.000Z"],
  ["America/Sao_Paulo", "2026-03-29", "2026-03-29T03:00:00.000Z", "2026-03-30T03:00:00.000Z"],
  ["Asia/Kathmandu", "2026-03-30", "2026-03-29T18:15:00.000Z", "2026-03-30T18:15:00.000Z"],
])("today in %s", (zone, day, since, until) => {
  expect(periodOf("today", zone, now)).toEqual({ first: day, last: day, since, until });
});

test("a week over a change of the clock has seven days, and so has the one before", () => {
  const week = periodOf("7", "Europe/Berlin", now);
  expect([week.first, week.since]).toEqual(["2026-03-24", "2026-03-23T23:00:00.000Z"]);
  const before = periodBefore(week, "Europe/Berlin", new Date(week.until));
  expect([before.first, before.last, before.until]).toEqual(["2026-03-17", "2026-03-23", week.since]);
  expect(daysOf(week)).toBe(7);
  expect(listDays(week)).toHaveLength(7);
});

test.each([
  ["UTC", "2026-03-14T09:07:00Z", "2026-03-13T00:00:00.000Z", "2026-03-13T09:15:00.000Z"],
  ["Europe/Berlin", "2026-03-30T08:00:00Z", "2026-03-28T23:00:00.000Z", "2026-03-29T09:00:00.000Z"],
  ["America/Sao_Paulo", "2026-03-14T02:59:59Z", "2026-03-12T03:00:00.000Z", "2026-03-13T03:00:00.000Z"],
])("today in %s at %s is compared with the same part of yesterday", (zone, at, since, until) => {
  const time = new Date(at);
  const before = periodBefore(periodOf("today", zone, time), zone, time);
  expect([before.since, before.until]).toEqual([since, until]);
});

test("a week that is not over is compared with a week until the same time", () => {
  const time = new Date("2026-03-14T09:00:00Z");
  const before = periodBefore(periodOf("7", "UTC", time), "UTC", time);
  expect([before.since, before.until]).toEqual(["2026-03-01T00:00:00.000Z", "2026-03-07T09:00:00.000Z"]);
});

test("one or two days are shown by hours, also when the clock changes", () => {
  const today = periodOf("today", "Europe/Berlin", now);
  expect([byHours(today), byHours(periodOf("7", "UTC", now))]).toEqual([true, false]);
  expect(listHours(today)).toHaveLength(24);
  const shorter = periodOf("own", "Europe/Berlin", now, "2026-03-29", "2026-03-29");
  expect(listHours(shorter)).toHaveLength(23);
  expect(listHours(shorter)[0]).toBe(shorter.since);
});

test("an own range that ends before it begins is today", () => {
  expect(periodOf("own", "UTC", now, "2026-03-05", "2026-03-01").first).toBe("2026-03-29");
});

test("waiting times have percentiles by class", () => {
  const classes = { "30": 5, "60": 3, "300": 1, longer: 1 };
  expect([percentile(classes, 0.5), percentile(classes, 0.9)]).toEqual([30, 300]);
  expect(percentile({ longer: 1 }, 0.5)).toBe(Number.POSITIVE_INFINITY);
  expect(percentile({}, 0.5)).toBeNull();
});

test("shares and changes of nothing are nothing", () => {
  expect([containment({}, 0), containment({ faq: 8, ai: 2 }, 1), change(0, 5), change(4, 5)]).toEqual([
    null,
    0.9,
    null,
    0.25,
  ]);
});

test("orders, new customers and answers of models have no list of one channel, which the API refuses", () => {
  const measures = ["received", "orders", "ai_answers", "new_customers"];
  expect(measures.map((one) => isListed(one, "main"))).toEqual([true, false, false, false]);
  expect(measures.every((one) => isListed(one))).toBe(true);
});
