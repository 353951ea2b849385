/** A step of a flow's text. line: of its name, from 1. */
export type StepLine = { name: string; line: number };

const KEY = /^( *)(?:"([^"]+)"|'([^']+)'|([A-Za-z][\w-]*)) *:(?: |$)/;

/**
 * Returns the steps of a text in their order, also while the text cannot be read as YAML: by the lines that are indented
 * like the first one below `steps:`.
 */
export function stepLines(text: string): StepLine[] {
  const found: StepLine[] = [];
  let indent: number | null = null;
  let inside = false;
  text.split(/\r\n|\r|\n/).forEach((content, place) => {
    if (/^\s*(#|$)/.test(content)) return;
    const depth = content.length - content.trimStart().length;
    if (depth === 0) {
      inside = /^steps *:/.test(content);
      return;
    }
    if (!inside) return;
    indent ??= depth;
    const [, , double, single, plain] = (depth === indent && KEY.exec(content)) || [];
    const name = double ?? single ?? plain;
    if (name) found.push({ name, line: place + 1 });
  });
  return found;
}

/** Returns the step that a line belongs to; empty: the flow itself. */
export function stepAt(steps: readonly StepLine[], line: number): string {
  return steps.findLast((one) => one.line <= line)?.name ?? "";
}

/** Returns the line of a step, from 1; empty: the first line of the flow. */
export function lineOf(steps: readonly StepLine[], step: string): number | null {
  if (step === "") return 1;
  return steps.find((one) => one.name === step)?.line ?? null;
}
