import { expect, test } from "vitest";
import { formOf, patchOf } from "./patch";
import type { Customer } from "./queries";

const ADA = {
  name: "Ada",
  tags: ["vip"],
  qualified: false,
  opted_out: false,
  opted_out_of: "",
  fields: { city: "Lagos", age: 36 },
} as unknown as Customer;

test("only what was changed is sent, and an unchanged form sends nothing", () => {
  expect(patchOf(ADA, formOf(ADA))).toBeNull();
  const form = { ...formOf(ADA), tags: ["vip", "New "], qualified: true };
  expect(patchOf(ADA, form)).toEqual({ add_tags: ["New"], qualified: true });
});

test("a field that is taken out of the form is removed", () => {
  const form = { ...formOf(ADA), fields: [{ name: "city", value: "Abuja" }] };
  expect(patchOf(ADA, form)).toEqual({ fields: { city: "Abuja", age: null } });
});

test("no marketing is not an opt-out of everything", () => {
  expect(patchOf(ADA, { ...formOf(ADA), consent: "no_marketing" })).toEqual({
    opted_out: false,
    marketing: false,
  });
  expect(patchOf(ADA, { ...formOf(ADA), consent: "none" })).toEqual({ opted_out: true });
});
