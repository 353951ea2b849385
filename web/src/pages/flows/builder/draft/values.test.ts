import { expect, test } from "vitest";
import type { Operation, Values } from "./types";
import { applied, stepNames } from "./values";

const MODEL: Values = {
  flow: "menu",
  triggers: { keywords: "menu" },
  steps: {
    hello: "Hello",
    menu: { choose: "What?", options: { Yes: "order", No: null }, timeout: { after: "1h", then: "order" } },
    listed: { choose: "Which?", options: ["A", "B"] },
    order: { branch: [{ if: "x", then: "menu" }], else: "menu" },
  },
};

const after = (...operations: Operation[]) => operations.reduce(applied, MODEL).steps as Values;

test("short forms become long", () => {
  expect(after({ op: "set", path: ["steps", "hello", "next"], value: "order" }).hello).toEqual({
    text: "Hello",
    next: "order",
  });
  const options = after({ op: "set", path: ["steps", "menu", "options", "Yes", "id"], value: "yes" }).menu;
  expect(options).toMatchObject({ options: { Yes: Object.fromEntries([["then", "order"]]) } });
  expect(after({ op: "set", path: ["steps", "listed", "options", "B"], value: "menu" }).listed).toMatchObject(
    {
      options: { A: null, B: "menu" },
    },
  );
});

test("a row with a description is a mapping with its id", () => {
  const model: Values = { steps: { hello: { text: "Hi", list: { One: "id1" } } } };
  const path = ["steps", "hello", "list", "One", "description"];
  expect(applied(model, { op: "set", path, value: "first" })).toEqual({
    steps: { hello: { text: "Hi", list: { One: { id: "id1", description: "first" } } } },
  });
});

test("a renamed step is renamed where it is named", () => {
  const steps = after({ op: "rename_step", name: "order", to: "buy" });
  expect(Object.keys(steps)).toEqual(["hello", "menu", "listed", "buy"]);
  expect(JSON.stringify(steps)).not.toContain('"order"');
  const other = after({ op: "rename_step", name: "menu", to: "start" });
  expect(JSON.stringify(other.order)).toBe('{"branch":[{"if":"x","then":"start"}],"else":"start"}');
});

test("steps are put in their place, moved and removed", () => {
  const names = (...operations: Operation[]) => Object.keys(after(...operations));
  expect(names({ op: "insert_step", name: "new", after: "hello", step: "Hi" })[1]).toBe("new");
  expect(names({ op: "insert_step", name: "new", after: null, step: "Hi" })[0]).toBe("new");
  expect(names({ op: "move_step", name: "order", after: "hello", keep_implicit: false })).toEqual([
    "hello",
    "order",
    "menu",
    "listed",
  ]);
  expect(names({ op: "delete_step", name: "order", relink: "menu" })).toEqual(["hello", "menu", "listed"]);
});

test("keys, items and values come and go", () => {
  expect(
    after({ op: "rename_key", path: ["steps", "menu", "options", "Yes"], to: "Sure" }).menu,
  ).toMatchObject({
    options: { Sure: "order", No: null },
  });
  expect(after({ op: "unset", path: ["steps", "order", "branch", 0] }).order).toMatchObject({ branch: [] });
  expect(after({ op: "set", path: ["steps", "hello", "text", 1], value: "More" }).hello).toEqual({
    text: ["Hello", "More"],
  });
  expect(after({ op: "set", path: ["steps", "order", "branch", 1], value: { if: "y" } }).order).toMatchObject(
    {
      branch: [{ if: "x" }, { if: "y" }],
    },
  );
});

test("what is not there changes nothing", () => {
  expect(applied(MODEL, { op: "unset", path: ["steps", "nobody", "text"] })).toEqual(MODEL);
  expect(stepNames({})).toEqual([]);
});

test("options and conditions change their places", () => {
  const steps = after(
    { op: "move", path: ["steps", "menu", "options", "No"], to: 0 },
    { op: "move", path: ["steps", "listed", "options", "B"], to: 0 },
  );
  expect(Object.keys((steps.menu as Values).options as Values)).toEqual(["No", "Yes"]);
  expect(steps.listed).toMatchObject({ options: ["B", "A"] });
});
