import type { Schemas } from "../../api/client";
import { fieldText } from "./columns";
import type { Customer } from "./queries";

export type Consent = "all" | "no_marketing" | "none";
export type FieldRow = { name: string; value: string };
export type CustomerForm = {
  name: string;
  tags: string[];
  qualified: boolean;
  consent: Consent;
  fields: FieldRow[];
};

/** Returns the form of a customer. */
export function formOf(customer: Customer): CustomerForm {
  const out = customer.opted_out && customer.opted_out_of;
  return {
    name: customer.name,
    tags: customer.tags,
    qualified: customer.qualified,
    consent: !customer.opted_out ? "all" : out === "marketing" ? "no_marketing" : "none",
    fields: Object.entries(customer.fields).map(([name, value]) => ({ name, value: fieldText(value) })),
  };
}

/** Returns what the form changes of a customer; null: nothing. */
export function patchOf(customer: Customer, form: CustomerForm): Partial<Schemas["CustomerPatch"]> | null {
  const before = formOf(customer);
  const patch: Partial<Schemas["CustomerPatch"]> = {};
  const name = form.name.trim();
  if (name && name !== before.name) patch.name = name;
  const tags = form.tags.map((tag) => tag.trim()).filter(Boolean);
  const added = tags.filter((tag) => !before.tags.includes(tag));
  const removed = before.tags.filter((tag) => !tags.includes(tag));
  if (added.length) patch.add_tags = added;
  if (removed.length) patch.remove_tags = removed;
  if (form.qualified !== before.qualified) patch.qualified = form.qualified;
  if (form.consent !== before.consent) Object.assign(patch, CONSENT[form.consent]);
  const fields = changedFields(before.fields, form.fields);
  if (Object.keys(fields).length) patch.fields = fields;
  return Object.keys(patch).length ? patch : null;
}

const CONSENT = {
  all: { opted_out: false, marketing: true },
  no_marketing: { opted_out: false, marketing: false },
  none: { opted_out: true },
} as const;

function changedFields(
  before: readonly FieldRow[],
  after: readonly FieldRow[],
): Record<string, string | null> {
  const known = new Map(before.map((row) => [row.name, row.value]));
  const wanted = new Map(after.map((row) => [row.name.trim(), row.value] as const).filter(([name]) => name));
  const changed: Record<string, string | null> = {};
  for (const [name, value] of wanted) if (known.get(name) !== value) changed[name] = value;
  for (const name of known.keys()) if (!wanted.has(name)) changed[name] = null;
  return changed;
}
