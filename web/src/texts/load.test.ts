import { expect, test } from "vitest";
import { type Area, CATALOGUES } from ".";
import { en } from "./en";
import { es } from "./es";
import { catalogue, forgetFailedTexts, loadTexts } from "./load";

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

test("texts that a page could not have are asked for again", async () => {
  const page = () => catalogue("en")["elsewhere" as Area];
  const waited = thrownBy(page);
  await waited;
  expect(thrownBy(page)).toBeInstanceOf(Error);
  forgetFailedTexts();
  expect(thrownBy(page)).toBeInstanceOf(Promise);
});

function thrownBy(read: () => unknown): unknown {
  try {
    return read();
  } catch (thrown) {
    return thrown;
  }
}
