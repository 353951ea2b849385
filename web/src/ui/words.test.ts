import { expect, test } from "vitest";
import { ProblemError } from "../api/problem";
import { CATALOGUES } from "../texts";
import { loadAllTexts } from "../texts/load";
import { fieldErrors } from "./fieldErrors";
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

const refused = (body: Record<string, unknown>) =>
  new ProblemError(409, { type: "/problems/conflict", title: "Not possible now", ...body });

test("a refusal is said by its reason, and otherwise by its kind with what the API says", () => {
  const known = refused({ detail: "the channel is not stopped", reason: "channel-not-stopped" });
  expect(words(known, CATALOGUES.es)).toBe("El canal no está parado.");
  expect(words(refused({ detail: "said by the API" }), CATALOGUES.es)).toBe(
    "No es posible ahora: said by the API",
  );
  expect(words(refused({ detail: "x", reason: "of-a-later-version" }), CATALOGUES.en)).toBe(
    "Not possible now: x",
  );
});

test("a field's error is said in the person's language, with its number", () => {
  const errors = [
    { pointer: "#/name", message: "String should have at most 64 characters", code: "too-long" },
    { pointer: "#/zone", message: "is not a time zone" },
  ];
  const error = new ProblemError(422, { type: "/problems/invalid", title: "In English", errors });
  expect(fieldErrors(error, CATALOGUES.es)).toEqual({
    name: "Puede tener como máximo 64 caracteres.",
    zone: "Is not a time zone.",
  });
});

test("texts that are not loaded leave the API's own words", () => {
  const without = { common: CATALOGUES.es.common } as typeof CATALOGUES.es;
  expect(words(refused({ detail: "x", reason: "channel-not-stopped" }), without)).toBe("Not possible now: x");
});
