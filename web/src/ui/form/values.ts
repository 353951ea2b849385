/** Values of a settings section by the path of a field (`limits.customers`), and what has been changed in them. */
export type Values = Readonly<Record<string, unknown>>;
export type Draft = Readonly<Record<string, unknown>>;

/** Returns the value at a path; undefined where there is none. */
export function valueAt(values: Values, path: string): unknown {
  let found: unknown = values;
  for (const step of path.split(".")) {
    found = typeof found === "object" && found !== null ? (found as Values)[step] : undefined;
  }
  return found;
}

/** Compares two values as JSON; the order of an object's fields does not count. */
export function isSame(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`).join()}}`;
}

/** Returns the paths of a draft whose values differ from the stored ones. */
export function changedPaths(values: Values, draft: Draft): string[] {
  return Object.keys(draft).filter((path) => !isSame(valueAt(values, path), draft[path]));
}

/** Returns the JSON Merge Patch that turns the values into those of the draft. */
export function patchOf(values: Values, draft: Draft): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const path of changedPaths(values, draft)) {
    put(patch, path.split("."), difference(valueAt(values, path), draft[path]));
  }
  return patch;
}

/** Returns the patch that brings values of earlier back: those that a change found. */
export function undoPatch(
  values: Readonly<Record<string, readonly [unknown, unknown]>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, [before, after]]) => [name, difference(after, before)]),
  );
}

/** A patch merges objects, so fields that are gone must be named. */
function difference(before: unknown, after: unknown): unknown {
  if (!isObject(before) || !isObject(after)) return after ?? null;
  const gone = Object.keys(before).filter((name) => !(name in after));
  return { ...Object.fromEntries(gone.map((name) => [name, null])), ...after };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function put(target: Record<string, unknown>, steps: string[], value: unknown) {
  const [first, ...rest] = steps as [string, ...string[]];
  if (!rest.length) target[first] = value;
  else {
    const inner = (target[first] ?? {}) as Record<string, unknown>;
    target[first] = inner;
    put(inner, rest, value);
  }
}
