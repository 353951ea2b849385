import { expect, test } from "vitest";
import { nextPersona, storedPersonas, storePersonas } from "./persona";

test("each new customer has a number of its own", () => {
  const personas = [nextPersona([])];
  for (let n = 0; n < 8; n += 1) personas.push(nextPersona(personas));
  expect(new Set(personas.map((one) => one.number)).size).toBe(9);
});

test("stored customers of another shape are forgotten", () => {
  localStorage.setItem("parley-phone-customers", '[{"name": 1}]');
  expect(storedPersonas()).toHaveLength(1);
  storePersonas([{ name: "Ada", number: "+2348035550200" }]);
  expect(storedPersonas()).toEqual([{ name: "Ada", number: "+2348035550200" }]);
});
