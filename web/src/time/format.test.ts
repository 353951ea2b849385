import { expect, test } from "vitest";
import { makeFormat } from "./format";

test("times are shown in the workspace's zone, also across a change of its clocks", () => {
  const berlin = makeFormat("en-GB", "Europe/Berlin");
  expect(berlin.time("2026-03-29T00:30:00Z")).toBe("01:30");
  expect(berlin.time("2026-03-29T01:30:00Z")).toBe("03:30");
  expect(makeFormat("en-GB", "Asia/Kathmandu").time("2026-03-29T00:00:00Z")).toBe("05:45");
});

test("durations and relative times are in words", () => {
  const format = makeFormat("en", "UTC");
  expect(format.duration(45)).toBe("45 seconds");
  expect(format.duration(60)).toBe("1 minute");
  expect(format.duration(75)).toBe("75 seconds");
  expect(format.duration(7_500)).toBe("2 hours 5 minutes");
  expect(format.relative(new Date(0), 7_200_000)).toBe("2 hr. ago");
});

test("an unknown currency is written behind its amount", () => {
  const format = makeFormat("en", "UTC");
  expect(format.money("4.50", "USD")).toBe("$4.50");
  expect(format.money("4.50", "?")).toBe("4.50 ?");
});
