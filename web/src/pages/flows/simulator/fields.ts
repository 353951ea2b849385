type Fields = Record<string, string | number | boolean>;

/** Returns fields from lines such as `city: Lagos`. wrong: the first line that is none. */
export function fieldsOf(text: string): { fields: Fields; wrong: string | null } {
  const fields: Fields = {};
  for (const line of text.split("\n").map((one) => one.trim())) {
    if (!line) continue;
    const [, name, value] = /^([A-Za-z][A-Za-z0-9_]*) *: *(.+)$/.exec(line) ?? [];
    if (!name || !value) return { fields, wrong: line };
    fields[name] = readValue(value);
  }
  return { fields, wrong: null };
}

/** Returns the lines of fields. */
export function linesOfFields(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("\n");
}

function readValue(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d{1,15}(\.\d+)?$/.test(text) ? Number(text) : text;
}
