import { expect, test } from "vitest";
import { matching } from "./CommandBar";

test.each([
  ["", ["Inbox", "Needs reply", "Closed"]],
  ["rep", ["Needs reply"]],
  ["reply ne", ["Needs reply"]],
  ["x", []],
])("typing %j leaves %j", (query, labels) => {
  const commands = [{ label: "Inbox" }, { label: "Needs reply" }, { label: "Closed" }];
  expect(matching(commands, query).map((one) => one.label)).toEqual(labels);
});
