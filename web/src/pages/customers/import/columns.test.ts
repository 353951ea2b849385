import { expect, test } from "vitest";
import { meaningOf, problemOf, readHeader, withMeanings } from "./columns";

test.each([
  ["Teléfono", "phone"],
  ["NOMBRE", "name"],
  ["Apellidos", "last"],
  ["lead_source", "source"],
  ["Dado de baja", "opted_out"],
  ["Ciudad", "field"],
  ["id", "leave"],
])("the title %s means %s", (title, meaning) => {
  expect(meaningOf(title)).toBe(meaning);
});

test.each([
  ["Nombre;Teléfono\nAda;+49", ["Nombre", "Teléfono"], ";"],
  ["\uFEFFname,phone,\r\nAda,+49,", ["name", "phone"], ","],
  ['sep=;\r\n"last, first";phone\r\nx;1', ["last, first", "phone"], ";"],
  ['"two\nlines"\tphone\nx\t1', ["two\nlines", "phone"], "\t"],
])("titles of %j are read", async (text, titles, separator) => {
  expect(await readHeader(new Blob([text]))).toMatchObject({ titles, separator });
});

test("a file has no titles if it is empty", async () => {
  expect(await readHeader(new Blob(["\n\n"]))).toBeNull();
});

test("columns get the meaning that somebody chose, and all other bytes stay", async () => {
  const file = new Blob(['\uFEFFWer;"Wo; genau";Nummer;alt\r\nJosé;x;+49 151;"a\r\nb"\r\n']);
  const header = await readHeader(file);
  if (!header) throw new Error("there are titles");
  const changed = withMeanings(file, header, ["name", "field", "phone", "leave"]);
  const bytes = new Uint8Array(await changed.arrayBuffer());
  expect(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)).toBe(
    '\uFEFF"name";"Wo; genau";"phone";"line"\r\nJosé;x;+49 151;"a\r\nb"\r\n',
  );
});

test("a known title can be a field of one's own", async () => {
  const file = new Blob(["phone,number,lead status\n1,2,new"]);
  const header = await readHeader(file);
  if (!header) throw new Error("there are titles");
  const changed = withMeanings(file, header, ["phone", "field", "field"]);
  expect(await changed.text()).toBe('"phone","field:number","field:lead status"\n1,2,new');
  const known = withMeanings(file, header, ["phone", "leave", "status"]);
  expect(await known.text()).toBe('"phone","line","lead status"\n1,2,new');
});

test("a file whose titles say it all is sent as it is", async () => {
  const file = new Blob(["nombre,teléfono\nAda,1"]);
  const header = await readHeader(file);
  expect(header && withMeanings(file, header, ["name", "phone"])).toBe(file);
});

test("somebody must have a number, and no meaning is there twice", () => {
  expect(problemOf(["name", "field"])).toBe("nobody");
  expect(problemOf(["phone", "name", "name"])).toBe("twice");
  expect(problemOf(["phone", "field", "field", "leave", "leave"])).toBe("");
});
