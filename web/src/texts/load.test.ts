import { expect, test } from "vitest";
import { type Area, CATALOGUES } from ".";
import { en } from "./en";
import { es } from "./es";
import { catalogue, loadTexts } from "./load";

test.each(Object.keys(en) as Area[])("the texts %s are found in every language", async (area) => {
  await loadTexts("en", area);
  await loadTexts("es", area);
  expect(CATALOGUES.en[area]).toBe(en[area]);
  expect(CATALOGUES.es[area]).toBe(es[area]);
});

test("unknown texts are an error, not an endless wait", async () => {
  const unknown = "nowhere" as Area;
  await expect(loadTexts("en", unknown)).rejects.toThrow("no texts");
  expect(() => catalogue("en")[unknown]).toThrow();
});
