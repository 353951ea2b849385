const FORM = /^[a-z][a-z0-9_-]{0,62}$/;

/** Returns whether a flow can have this name. */
export function isFlowName(name: string): boolean {
  return FORM.test(name);
}

/** Returns a name that no other flow has: `shop`, else `shop-2`, and so on. */
export function freeName(wanted: string, taken: Iterable<string>): string {
  const names = new Set(taken);
  if (!names.has(wanted)) return wanted;
  let number = 2;
  while (names.has(`${wanted}-${number}`)) number += 1;
  return `${wanted}-${number}`;
}

/** Returns the text of a flow to begin with. */
export function emptyFlow(name: string, hello: string): string {
  return `flow: ${name}\ntriggers:\n  command: true\n\nsteps:\n  hello: ${JSON.stringify(hello)}\n`;
}

/** Returns the title of a starter; one without a title is shown by its name. */
export function titleOf(titles: Readonly<Record<string, string>>, name: string): string {
  return titles[name] ?? name;
}
