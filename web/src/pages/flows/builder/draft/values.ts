import { isValues, type Operation, type Path, type Values } from "./types";

/** Returns the value at a path; undefined: there is none. */
export function valueAt(value: unknown, path: Path): unknown {
  let found = value;
  for (const part of path) {
    if (Array.isArray(found)) found = found[part as number];
    else if (isValues(found)) found = Object.hasOwn(found, part) ? found[part] : undefined;
    else return undefined;
  }
  return found;
}

/** Returns the step of a name in its long form. */
export const stepValues = (model: Values, name: string): Values => longStep(valueAt(model, ["steps", name]));

/** Returns a step in its long form: `"Hello"` is `{text: "Hello"}`. */
export function longStep(step: unknown): Values {
  if (typeof step === "string") return { text: step };
  return isValues(step) ? step : {};
}

/** Returns the names of the steps in the order of the file. */
export const stepNames = (model: Values): string[] => (isValues(model.steps) ? Object.keys(model.steps) : []);

/**
 * Returns the values as an operation will make them, for the time until the server answers. What it cannot tell (texts,
 * patches, operations that will be refused) stays as it is.
 */
export function applied(model: Values, operation: Operation): Values {
  try {
    return changed(model, operation);
  } catch {
    return model;
  }
}

function changed(model: Values, operation: Operation): Values {
  switch (operation.op) {
    case "set":
      return withValue(model, operation.path, operation.value) as Values;
    case "insert":
      return at(model, operation.path, (parent, part) =>
        Array.isArray(parent) ? parent.toSpliced(part as number, 0, operation.value) : parent,
      ) as Values;
    case "unset":
      return at(model, operation.path, without) as Values;
    case "move":
      return at(model, operation.path, (parent, part) => moved(parent, part, operation.to)) as Values;
    case "rename_key":
      return at(model, operation.path, (parent, part) =>
        renamed(parent, String(part), operation.to),
      ) as Values;
    case "rename_step":
      return mapSteps(retargeted(model, operation.name, operation.to), (steps) =>
        steps.map(([name, step]) => [name === operation.name ? operation.to : name, step]),
      );
    case "insert_step":
      return mapSteps(model, (steps) => placed(steps, [operation.name, operation.step], operation.after));
    case "delete_step": {
      const rest = mapSteps(model, (steps) => steps.filter(([name]) => name !== operation.name));
      return operation.relink ? retargeted(rest, operation.name, operation.relink) : rest;
    }
    case "move_step":
      return mapSteps(model, (steps) => {
        const own = steps.find(([name]) => name === operation.name);
        const rest = steps.filter(([name]) => name !== operation.name);
        return own ? placed(rest, own, operation.after) : steps;
      });
    default:
      return model;
  }
}

type Pairs = [string, unknown][];

function placed(steps: Pairs, pair: [string, unknown], after: string | null): Pairs {
  const place = after === null ? 0 : steps.findIndex(([name]) => name === after) + 1;
  return steps.toSpliced(place, 0, pair);
}

function mapSteps(model: Values, change: (steps: Pairs) => Pairs): Values {
  return { ...model, steps: Object.fromEntries(change(Object.entries((model.steps ?? {}) as Values))) };
}

/** key: of the value in its parent. */
function withValue(value: unknown, path: Path, wanted: unknown, key: string | number = ""): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return wanted;
  const long = lengthened(value, part);
  if (Array.isArray(long) && typeof part === "number") {
    return long.toSpliced(part, 1, withValue(long[part], rest, wanted, part));
  }
  const parent = isValues(long) ? long : {};
  return { ...parent, [part]: withValue(withShortForm(parent[part], rest[0], key), rest, wanted, part) };
}

/** A list of titles becomes a mapping when one of its options gets something. */
function lengthened(value: unknown, part: string | number): unknown {
  if (Array.isArray(value) && typeof part === "string") {
    return Object.fromEntries(value.map((title) => [String(title), null]));
  }
  if (typeof value === "string" && typeof part === "number") return [value];
  if (value === undefined && typeof part === "number") return [];
  return value;
}

/** A text that stands for a mapping becomes the mapping; which key it is is told by the one that is asked for. */
function withShortForm(value: unknown, next: string | number | undefined, of: string | number): unknown {
  if (typeof value !== "string" || typeof next !== "string") return value;
  if (of === "list") return { id: value };
  if (next === "then" || next === "id" || next === "description") return { then: value };
  return { text: value };
}

function at(
  value: unknown,
  path: Path,
  change: (parent: unknown, part: string | number) => unknown,
): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return value;
  if (rest.length === 0) return change(value, part);
  if (Array.isArray(value))
    return value.toSpliced(part as number, 1, at(value[part as number], rest, change));
  return isValues(value) ? { ...value, [part]: at(value[part], rest, change) } : value;
}

function without(parent: unknown, part: string | number): unknown {
  if (Array.isArray(parent)) return parent.filter((item, place) => place !== part && item !== part);
  if (!isValues(parent)) return parent;
  return Object.fromEntries(Object.entries(parent).filter(([key]) => key !== part));
}

function moved(parent: unknown, part: string | number, to: number): unknown {
  const among = <Item>(items: readonly Item[], from: number): Item[] => {
    const item = items[from];
    return item === undefined ? [...items] : items.toSpliced(from, 1).toSpliced(to, 0, item);
  };
  if (Array.isArray(parent)) return among(parent, typeof part === "number" ? part : parent.indexOf(part));
  if (!isValues(parent)) return parent;
  return Object.fromEntries(among(Object.entries(parent), Object.keys(parent).indexOf(String(part))));
}

function renamed(parent: unknown, from: string, to: string): unknown {
  if (Array.isArray(parent)) return parent.map((item) => (item === from ? to : item));
  if (!isValues(parent)) return parent;
  return Object.fromEntries(Object.entries(parent).map(([key, item]) => [key === from ? to : key, item]));
}

const TARGETS = ["next", "jump", "else", "then"];

/** Returns the values with all names of a step replaced. */
function retargeted(model: Values, from: string, to: string): Values {
  const target = (value: unknown) => (value === from ? to : value);
  const targets = (values: Values): Values =>
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, TARGETS.includes(key) ? target(value) : value]),
    );
  const option = (value: unknown) => (isValues(value) ? targets(value) : target(value));
  const each = (value: unknown): unknown =>
    isValues(value)
      ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, option(item)]))
      : value;
  const step = (value: unknown): unknown => {
    if (!isValues(value)) return value;
    const found: { [key: string]: unknown } = { ...targets(value) };
    if (isValues(value.timeout)) found.timeout = targets(value.timeout);
    if ("options" in value) found.options = each(value.options);
    if ("outcomes" in value) found.outcomes = each(value.outcomes);
    if (Array.isArray(value.branch)) found.branch = value.branch.map(option);
    return found;
  };
  const whole = isValues(model.timeout) ? { ...model, timeout: targets(model.timeout) } : model;
  return mapSteps(whole, (steps) => steps.map(([name, value]) => [name, step(value)]));
}
