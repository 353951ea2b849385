/** The forms in which WhatsApp shows options. */
export type Look = "buttons" | "list" | "numbers";

const LIMITS = {
  buttons: { count: 3, title: 20 },
  list: { count: 10, title: 24 },
  numbers: { count: 30, title: 200 },
} as const;

/** Returns how many options there can be, and how long their titles. */
export const limitsOf = (look: Look) =>
  look === "buttons" ? { ...LIMITS.buttons, count: 30 } : LIMITS[look];

/** Returns how options are shown: as the step says, or as buttons if they fit, else as a list, else with numbers. */
export function shownAs(style: string, titles: readonly string[], described: boolean): Look {
  if (style === "buttons" || style === "list" || style === "numbers") return style;
  const fits = ({ count, title }: { count: number; title: number }) =>
    titles.length <= count && titles.every((one) => [...one].length <= title);
  if (!described && fits(LIMITS.buttons)) return "buttons";
  return fits(LIMITS.list) ? "list" : "numbers";
}

/** Returns titles in the order of the file, as far as it is known: JavaScript puts those that are numbers first. */
export function inOrder(titles: readonly string[], written: readonly string[]): string[] {
  return [
    ...written.filter((one) => titles.includes(one)),
    ...titles.filter((one) => !written.includes(one)),
  ];
}
