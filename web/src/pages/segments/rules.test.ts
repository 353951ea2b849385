import { expect, test } from "vitest";
import { en } from "../../texts/en";
import { compact, rulesOf } from "./rules";

test("a segment is told in words, an empty one is everybody", () => {
  expect(rulesOf({ tags: ["vip"], opted_out: false, min_orders: 2 }, en.segments)).toEqual([
    "tags: vip",
    "not opted out",
    "2 or more orders",
  ]);
  expect(rulesOf({}, en.segments)).toEqual(["everybody"]);
});

test("conditions that say nothing are not stored", () => {
  const form = {
    tags: [],
    min_orders: 0,
    qualified: null,
    opted_out: false,
    fields: { "": "x" },
    lead_source: "",
  };
  expect(compact(form)).toEqual({ opted_out: false });
});
