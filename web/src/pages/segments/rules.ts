import type { Texts } from "../../texts";
import type { Segment } from "./queries";

/** Returns the conditions of a segment in words; none: everybody. */
export function rulesOf(segment: Omit<Segment, "name">, { rule, all }: Texts["segments"]): string[] {
  const found: string[] = [];
  if (segment.tags?.length) found.push(rule.tags(segment.tags.join(", ")));
  if (segment.without_tags?.length) found.push(rule.withoutTags(segment.without_tags.join(", ")));
  if (typeof segment.qualified === "boolean") found.push(rule.qualified(segment.qualified));
  if (typeof segment.opted_out === "boolean") found.push(rule.optedOut(segment.opted_out));
  if (segment.lead_source) found.push(rule.source(segment.lead_source));
  if (segment.min_orders) found.push(rule.orders(segment.min_orders));
  if (segment.active_within_days) found.push(rule.active(segment.active_within_days));
  if (segment.idle_for_days) found.push(rule.idle(segment.idle_for_days));
  for (const [name, value] of Object.entries(segment.fields ?? {})) found.push(rule.field(name, value));
  return found.length ? found : [all];
}

/** Returns a segment without what says nothing, as it is stored. */
export function compact(segment: Omit<Segment, "name">): Omit<Segment, "name"> {
  const fields = Object.fromEntries(Object.entries(segment.fields ?? {}).filter(([name]) => name.trim()));
  const all: Omit<Segment, "name"> = { ...segment, fields };
  return Object.fromEntries(
    Object.entries(all).filter(([, value]) => {
      if (value === null || value === undefined || value === "" || value === 0) return false;
      return typeof value !== "object" || Object.keys(value).length > 0;
    }),
  );
}
