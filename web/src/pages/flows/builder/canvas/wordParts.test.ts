import { expect, test } from "vitest";
import { partsOf } from "./wordParts";

const shown = (text: string) => partsOf(text).map((part) => (part.value ? `[${part.text}]` : part.text));

test("values are shown by their names", () => {
  expect(shown("Hello {{ default(customer.name, 'there') }}, welcome to {{ workspace.name }}!")).toEqual([
    "Hello ",
    "[customer.name]",
    ", welcome to ",
    "[workspace.name]",
    "!",
  ]);
  expect(shown("{{ money(total, currency) }}")).toEqual(["[money(total, currency)]"]);
});

test("a text that was cut off within a value has its name too", () => {
  expect(shown("Hello {{ default(customer.name, 'th")).toEqual(["Hello ", "[customer.name]"]);
  expect(shown("Hello {{")).toEqual(["Hello ", "[…]"]);
});
