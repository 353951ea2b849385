import { expect, test } from "vitest";
import type { Template } from "../templates/definition";
import { bodyOf, EMPTY, peopleOf } from "./draft";

const HELLO = {
  name: "hello",
  language: "en",
  body: "Hello {{1}}",
  header: "none",
  header_text: "",
  buttons: [],
} as unknown as Template;

test("a template without all of its values is not sent", () => {
  const draft = { ...EMPTY, name: "Spring", segment: "vips" };
  expect(bodyOf(draft, HELLO)).toBeNull();
  const body = bodyOf({ ...draft, parameters: ["{{ customer.name }}"] }, HELLO);
  expect(body?.content).toMatchObject({ type: "template", parameters: ["{{ customer.name }}"] });
});

test("people come from a file with a column of numbers; other columns are fields", () => {
  expect(peopleOf("Phone,Name,City\n+1 555,Ada,Lagos\n,Nobody,\n")).toEqual({
    people: [{ phone: "+1 555", name: "Ada", fields: { city: "Lagos" } }],
    fault: "",
  });
  expect(peopleOf("name\nAda").fault).toBe("noPhone");
});
