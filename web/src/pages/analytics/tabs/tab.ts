import type { Schemas } from "../../../api/client";

export type Summary = Schemas["Summary"];

/** The numbers of a period and of the one before. names: says a label in words. */
export type TabProps = { now: Summary; before?: Summary; names: (label: string) => string };
