/** A line of a comparison. kind: `gap`: lines that are the same are left out. */
export type DiffLine = { kind: "same" | "old" | "new" | "gap"; text: string };

const MOST = 1000; // lines that differ, in each text: the comparison takes the square of it
const CONTEXT = 3;

/** Returns the lines of a unified diff. */
export function linesOfDiff(diff: string): DiffLine[] {
  const lines = diff.split("\n").filter((line) => !/^(---|\+\+\+) /.test(line));
  return lines.flatMap((line): DiffLine[] => {
    if (line.startsWith("@@")) return [{ kind: "gap", text: "" }];
    if (line.startsWith("+")) return [{ kind: "new", text: line.slice(1) }];
    if (line.startsWith("-")) return [{ kind: "old", text: line.slice(1) }];
    return line ? [{ kind: "same", text: line.slice(1) }] : [];
  });
}

/** Compares two texts by lines; equal lines far from a difference are left out. */
export function compare(before: string, after: string): DiffLine[] {
  const [a, b] = [before, after].map((text) => text.split(/\r\n|\r|\n/)) as [string[], string[]];
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const middle = middleOf(a.slice(start, a.length - end), b.slice(start, b.length - end));
  const same = (lines: string[]): DiffLine[] => lines.map((text) => ({ kind: "same", text }));
  return folded([...same(a.slice(0, start)), ...middle, ...same(a.slice(a.length - end))]);
}

function middleOf(a: string[], b: string[]): DiffLine[] {
  const all = (lines: string[], kind: "old" | "new"): DiffLine[] => lines.map((text) => ({ kind, text }));
  if (a.length > MOST || b.length > MOST) return [...all(a, "old"), ...all(b, "new")];
  // common[i][j]: how many lines a[i…] and b[j…] have in common, in order
  const width = b.length + 1;
  const common = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const below = common[(i + 1) * width + j] ?? 0;
      const right = common[i * width + j + 1] ?? 0;
      common[i * width + j] =
        a[i] === b[j] ? (common[(i + 1) * width + j + 1] ?? 0) + 1 : Math.max(below, right);
    }
  }
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: "same", text: a[i] as string });
      i += 1;
      j += 1;
    } else if (
      i < a.length &&
      (j === b.length || (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0))
    ) {
      lines.push({ kind: "old", text: a[i] as string });
      i += 1;
    } else {
      lines.push({ kind: "new", text: b[j] as string });
      j += 1;
    }
  }
  return lines;
}

/** Leaves out what is the same for more than some lines. */
function folded(lines: DiffLine[]): DiffLine[] {
  const near = lines.map(() => false);
  lines.forEach((line, place) => {
    if (line.kind === "same") return;
    for (
      let one = Math.max(0, place - CONTEXT);
      one <= Math.min(lines.length - 1, place + CONTEXT);
      one += 1
    ) {
      near[one] = true;
    }
  });
  if (!near.includes(true)) return [];
  return lines.flatMap((line, place): DiffLine[] => {
    if (near[place]) return [line];
    return place === 0 || near[place - 1] ? [{ kind: "gap", text: "" }] : [];
  });
}
