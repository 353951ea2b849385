import { expect, test } from "vitest";

const SOURCES = import.meta.glob<string>("../**/*.{ts,tsx}", {
  query: "?raw",
  import: "default",
  eager: true,
});
const QUERY =
  /queryKey: (\[[^\]]*\]),\s*(?:(?:staleTime|enabled|refetchInterval|retry): [^\n]*\n\s*)*queryFn/g;

test("a query key is given its answer in one place, so that no page finds another's answer of another shape", () => {
  const places = new Map<string, string[]>();
  for (const [file, text] of Object.entries(SOURCES)) {
    if (/\.test\.tsx?$/.test(file)) continue;
    for (const [, key = ""] of text.matchAll(QUERY)) {
      const same = key.replace("props.", "");
      places.set(same, [...(places.get(same) ?? []), file]);
    }
  }
  expect(places.size).toBeGreaterThan(50);
  expect([...places].filter(([, files]) => files.length > 1)).toEqual([]);
});

test("a refresh that fails takes nothing away that is shown: an error alone only where nothing was read", () => {
  const alone = /\n\s*if \((?:\w+\.)?(?:isError|error)\)\s*\{?\s*return\s*\(?\s*</;
  const found = Object.entries(SOURCES).filter(
    ([file, text]) => !file.includes(".test.") && alone.test(text),
  );
  expect(found.map(([file]) => file)).toEqual([]);
});
