import schema from "../../../../../../shared/flows/flow.schema.json";
import type { Values } from "../draft/types";
import type { Kind } from "../kinds";

/** A part of the JSON Schema of flow files, which is made from the models that read them. */
export type Schema = {
  type?: string | string[];
  enum?: unknown[];
  anyOf?: Schema[];
  $ref?: string;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
};

const DEFINITIONS = schema.$defs as unknown as Record<string, Schema>;

const NAMES: Record<Kind, string> = {
  say: "SendText",
  media: "SendMedia",
  template: "SendTemplate",
  choose: "Choose",
  ask: "Ask",
  branch: "Branch",
  set: "Set",
  call: "Call",
  ai: "Ai",
  wait: "Wait",
  jump: "Jump",
  sub_flow: "SubFlow",
  customer: "Customer",
  hand_off: "HandOff",
  end: "End",
};

/** Returns the keys that a step of a kind may have, with the schema of each. */
export const keysOf = (kind: Kind): Record<string, Schema> => DEFINITIONS[NAMES[kind]]?.properties ?? {};

/** Returns the schema of a key without the alternative `null`, and with references followed. */
export function plain(of: Schema): Schema {
  const name = of.$ref?.split("/").pop();
  if (name) return plain(DEFINITIONS[name] ?? {});
  const others = of.anyOf?.filter((one) => one.type !== "null");
  return others?.length === 1 && others[0] ? plain(others[0]) : of;
}

/** The form of a field. */
export type Form = "text" | "number" | "switch" | "choice" | "texts" | "values" | "other";

/** Returns the form that fits a schema. */
export function formOf(of: Schema): Form {
  const found = plain(of);
  if (found.enum) return "choice";
  if (found.type === "boolean") return "switch";
  if (found.type === "integer" || found.type === "number") return "number";
  if (found.type === "string") return "text";
  if (found.type === "array" && found.items && formOf(found.items) === "text") return "texts";
  return found.type === "object" ? "values" : "other";
}

/** Returns the choices of a schema. */
export const choicesOf = (of: Schema): string[] => (plain(of).enum ?? []).map(String);

/** Returns the keys of a step that its kind does not know. */
export function unknownKeys(values: Values, kind: Kind): string[] {
  const known = keysOf(kind);
  return Object.keys(values).filter((key) => !Object.hasOwn(known, key));
}
