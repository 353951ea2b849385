import { expect, test } from "vitest";
import { fieldsOf, linesOfFields } from "./fields";

test("fields are read from lines and written back", () => {
  const text = "city: Lagos\nage: 34\nvip: true";
  const { fields, wrong } = fieldsOf(`${text}\n\n`);
  expect([fields, wrong]).toEqual([{ city: "Lagos", age: 34, vip: true }, null]);
  expect(linesOfFields(fields)).toBe(text);
});

test("a line that is no field is named", () => {
  expect(fieldsOf("city: Lagos\nnothing").wrong).toBe("nothing");
});
