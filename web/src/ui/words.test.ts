import { expect, test } from "vitest";
import { ProblemError } from "../api/problem";
import { CATALOGUES } from "../texts";
import { loadAllTexts } from "../texts/load";
import { words } from "./words";

await loadAllTexts("es");

const problem = (status: number, name: string, after: number | null = null) =>
  new ProblemError(status, { type: `/problems/${name}`, title: "In English" }, after);

test.each(["too-many", "changed-meanwhile", "not-decided", "internal", "not-found"])(
  "%s is said in the person's language",
  (name) => expect(words(problem(409, name), CATALOGUES.es)).not.toContain("English"),
);

test("too many requests say when to try again", () => {
  expect(words(problem(429, "too-many", 42), CATALOGUES.en)).toContain("in 42 s");
  expect(words(problem(429, "too-many"), CATALOGUES.en)).toContain("in a moment");
});
