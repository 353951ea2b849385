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
  expect(bodyOf(draft, "main", HELLO)).toBeNull();
  const body = bodyOf({ ...draft, parameters: ["{{ customer.name }}"] }, "main", HELLO);
  expect(body?.content).toMatchObject({ type: "template", parameters: ["{{ customer.name }}"] });
});

test("people come from a file with a column of numbers; other columns are fields", () => {
  expect(peopleOf("Phone,Name,City\n+1 555,Ada,Lagos\n,Nobody,\n")).toEqual({
    people: [{ phone: "+1 555", name: "Ada", fields: { city: "Lagos" } }],
    fault: "",
    line: 0,
    repeated: 0,
  });
  expect(peopleOf("name\nAda").fault).toBe("noPhone");
});

test("a number that is there twice counts once, and a formula that is none says where it is", () => {
  const found = peopleOf("phone\n+234 803 123\n+234803123\n'+234 9000000");
  expect([found.people.map((one) => one.phone), found.repeated]).toEqual([
    ["+234 803 123", "+234 9000000"],
    1,
  ]);
  expect(peopleOf("phone\n+2348031\n\n=HYPERLINK(1)")).toMatchObject({
    people: [],
    fault: "badNumber",
    line: 3,
  });
});

test("a file with too many lines is refused", () => {
  expect(peopleOf(`phone\n${"+2348031234567\n".repeat(5_001)}`).fault).toBe("tooMany");
});

test("an uploaded file is sent on the channel that it was uploaded for, and on no other", () => {
  const file = { url: "", mediaId: "77", channel: "main", name: "menu.pdf", until: "2026-04-14T00:00:00Z" };
  const draft = { ...EMPTY, name: "Spring", segment: "vips", parameters: ["Ada"], file };
  const menu = { ...HELLO, header: "document" } as Template;
  expect(bodyOf(draft, "main", menu)?.content).toMatchObject({
    header_media: { kind: "document", media_id: "77", url: "", filename: "menu.pdf" },
  });
  expect(bodyOf(draft, "shop", menu)).toBeNull();
  const { file: _, ...older } = draft;
  expect(bodyOf(older as typeof draft, "main", menu)).toBeNull();
});
