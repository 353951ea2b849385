import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

// Parts of other components: `Select` is made of `Combobox`, `Modal` of `ModalBase`.
const PARTS = [
  "Combobox",
  "FloatingIndicator",
  "InlineInput",
  "Input",
  "ModalBase",
  "Overlay",
  "Paper",
  "PillsInput",
  "ScrollArea",
];
const BASE = ["baseline", "default-css-variables", "global"];

const read = (path: string) => readFileSync(path, "utf8");
const listed = () =>
  [...read("src/styles/mantine.ts").matchAll(/core\/styles\/([\w-]+)\.css/g)].map((found) => found[1] ?? "");

function usedComponents(): Set<string> {
  const used = new Set<string>();
  for (const path of readdirSync("src", { recursive: true, encoding: "utf8" }))
    if (path.endsWith(".tsx") && !path.endsWith(".test.tsx"))
      for (const [, names] of read(`src/${path}`).matchAll(/import \{([^}]*)\} from "@mantine\/core"/g))
        for (const name of (names ?? "").split(",")) used.add(name.trim().split(" as ")[0] ?? "");
  return used;
}

const hasStyles = (name: string) => existsSync(`node_modules/@mantine/core/styles/${name}.css`);

test("every component that a page uses has its styles, and no other one", () => {
  const used = [...usedComponents()].filter(hasStyles);
  const lines = listed();
  expect(used.filter((name) => !lines.includes(name))).toEqual([]);
  expect(lines.filter((name) => ![...used, ...PARTS, ...BASE].includes(name))).toEqual([]);
});
