import { expect, test } from "vitest";

const SOURCES = import.meta.glob<string>("../**/*.{ts,tsx}", {
  query: "?raw",
  import: "default",
  eager: true,
});
/** Addresses made of text, which the router's types cannot check: `/w/${workspace}/inbox`, and steps of a list. */
const LINK =
  /`\/w\/\$\{[^}]+\}\/([^`]+)`|\badd\([^\n]*?,\s*["`]([a-z][^"`]*)["`]|\bto: ["`]([a-z][^"`]*)["`]/g;
const LISTS = /dashboard\/useNext|onboarding\/useSteps/;

/** Returns the address with the values in it as one sign each. */
const shape = (address: string) =>
  (address.split(/[?#]/)[0] ?? "").replace(/\$\{[^}]*\}/g, "§").replace(/\$[a-z]+/g, "§");

test("links of the console's own pages lead to pages that exist", () => {
  const paths = Object.entries(SOURCES)
    .filter(([file]) => /\/routes\.ts$/.test(file))
    .flatMap(([file, text]) =>
      [...text.matchAll(/path: "([^"]+)"/g)].map(([, path]) => {
        const parent = file.includes("/settings/") && path !== "settings" ? "settings/" : "";
        return shape(`${parent}${path}`).replace(/\/$/, "");
      }),
    );
  const pages = SOURCES["../pages/settings/menu.ts"]?.matchAll(/page: "([a-z]+)"/g) ?? [];
  const known = new Set([
    ...paths,
    ...[...pages].map(([, page]) => `settings/${page}`),
    "inbox/§",
    "settings/§",
  ]);
  const links = Object.entries(SOURCES)
    .filter(([file]) => !/\.test\.tsx?$/.test(file))
    .flatMap(([file, text]) =>
      [...text.matchAll(LINK)]
        .filter((found) => found[1] || LISTS.test(file))
        .map((found) => [file, shape(found[1] ?? found[2] ?? found[3] ?? "")] as const),
    );
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter(([, link]) => !known.has(link) && link !== "§")).toEqual([]);
});
