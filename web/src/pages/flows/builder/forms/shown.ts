import type { Values } from "../draft/types";
import type { Kind } from "../kinds";
import { unknownKeys } from "./schema";

const LIMITED: readonly unknown[] = ["text", "number", "integer", "date"];

/** Returns the keys of a step that no field of its form shows: unknown ones, and those that do not go with the others. */
export function otherKeys(values: Values, kind: Kind): string[] {
  return [...unknownKeys(values, kind), ...unfit(values, kind).filter((key) => key in values)];
}

function unfit(values: Values, kind: Kind): string[] {
  if (kind === "wait") return values.wait === "answer" ? ["then"] : [];
  if (kind !== "ask") return [];
  const type = values.type ?? "text";
  return [
    ...(LIMITED.includes(type) ? [] : ["min", "max"]),
    ...(type === "regex" ? [] : ["pattern"]),
    ...(type === "choice" ? [] : ["choices"]),
  ];
}

const OF_FILE = [
  "flow",
  "description",
  "priority",
  "interruptible",
  "triggers",
  "variables",
  "timeout",
  "steps",
];

/** Returns the keys of a file that the sheet of the flow does not show. */
export const otherKeysOfFile = (model: Values): string[] =>
  Object.keys(model).filter((key) => !OF_FILE.includes(key));
