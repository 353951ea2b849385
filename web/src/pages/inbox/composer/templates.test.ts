import { expect, test } from "vitest";
import { en } from "../../../texts/en";
import { type HeaderFile, NO_HEADER_FILE } from "../../templates/headerFile";
import {
  contentOf,
  type Filled,
  missingOf,
  NOTHING_FILLED,
  previewOf,
  templateOf,
  whyNot,
} from "./templates";

const META = { provider: "meta", optedOut: false };
const make = (fields: Record<string, unknown>) =>
  templateOf({ name: "hello", language: "en", body: "Hello", status: "APPROVED", ...fields });
const fill = (fields: Partial<Filled>): Filled => ({ ...NOTHING_FILLED, ...fields });
const at = (url: string): HeaderFile => ({ ...NO_HEADER_FILE, url });
const uploaded: HeaderFile = {
  url: "",
  mediaId: "77",
  channel: "main",
  name: "menu.pdf",
  until: "2026-04-14",
};
const SID = `HX${"a".repeat(32)}`;

// Shapes that can be sent: what is filled in, the preview, and the part of the content that it must have.
const SENDABLE: [string, Record<string, unknown>, Partial<Filled>, string, object][] = [
  ["a text", {}, {}, "Hello", { parameters: [], buttons: [], header_media: null }],
  ["one value", { body: "Hi {{1}}!" }, { parameters: ["Ada"] }, "Hi Ada!", { parameters: ["Ada"] }],
  [
    "values in another order",
    { body: "{{2}} of {{1}}" },
    { parameters: ["a", "b"] },
    "b of a",
    { parameters: ["a", "b"] },
  ],
  ["a value twice", { body: "{{1}} {{1}}" }, { parameters: ["x"] }, "x x", { parameters: ["x"] }],
  ["names", { body: "Hi {{first_name}}, {{what}}" }, { parameters: ["Ada", "ok"] }, "Hi Ada, ok", {}],
  ["ten values by number", { body: "{{10}}{{2}}" }, { parameters: ["two", "ten"] }, "tentwo", {}],
  ["a fixed title", { header: "text", header_text: "News" }, {}, "News\nHello", { header: "" }],
  [
    "a title with a value",
    { header: "text", header_text: "For {{1}}" },
    { header: "you" },
    "For you\nHello",
    { header: "you" },
  ],
  [
    "a picture",
    { header: "image" },
    { headerFile: at("https://a.example/b.png") },
    "(image)\nHello",
    { header_media: { kind: "image", url: "https://a.example/b.png" } },
  ],
  [
    "a video",
    { header: "video" },
    { headerFile: at("https://a.example/b.mp4") },
    "(video)\nHello",
    { header_media: { kind: "video" } },
  ],
  [
    "a document",
    { header: "document" },
    { headerFile: at("https://a.example/b.pdf") },
    "(document)\nHello",
    { header_media: { kind: "document" } },
  ],
  [
    "an uploaded document",
    { header: "document" },
    { headerFile: uploaded },
    "(document)\nHello",
    { header_media: { kind: "document", url: "", media_id: "77", filename: "menu.pdf" } },
  ],
  ["a footer", { footer: true }, {}, "Hello", {}],
  ["a fixed address", { buttons: [{ kind: "url" }] }, {}, "Hello", { buttons: [] }],
  [
    "an address with a value",
    { buttons: [{ kind: "url", variable: true }] },
    { buttons: { 0: "x" } },
    "Hello",
    { buttons: [{ index: 0, kind: "url", value: "x" }] },
  ],
  ["a quick reply", { buttons: [{ kind: "quick_reply" }] }, {}, "Hello", { buttons: [] }],
  [
    "a quick reply with a payload",
    { buttons: [{ kind: "quick_reply", variable: true }] },
    { buttons: { 0: "yes" } },
    "Hello",
    { buttons: [{ index: 0, kind: "quick_reply", value: "yes" }] },
  ],
  [
    "a code to copy",
    { buttons: [{ kind: "copy_code" }] },
    { buttons: { 0: "SAVE" } },
    "Hello",
    { buttons: [{ index: 0, kind: "copy_code", value: "SAVE" }] },
  ],
  ["a phone number", { buttons: [{ kind: "phone_number" }] }, {}, "Hello", { buttons: [] }],
  ["a catalogue", { buttons: [{ kind: "catalog" }] }, {}, "Hello", {}],
  ["a call", { buttons: [{ kind: "voice_call" }] }, {}, "Hello", {}],
  [
    "a one-time password",
    { body: "{{1}} is your code", buttons: [{ kind: "otp" }] },
    { parameters: ["123"] },
    "123 is your code",
    { buttons: [] },
  ],
  ["a form", { buttons: [{ kind: "flow" }] }, {}, "Hello", { buttons: [] }],
  [
    "two buttons, the second with a value",
    { buttons: [{ kind: "quick_reply" }, { kind: "url", variable: true }] },
    { buttons: { 1: "z" } },
    "Hello",
    { buttons: [{ index: 1, kind: "url", value: "z" }] },
  ],
  ["marketing", { category: "MARKETING" }, {}, "Hello", {}],
  ["of the file, without a state", { status: "-" }, {}, "Hello", {}],
  ["no text known", { body: "" }, {}, "", {}],
];

test.each(SENDABLE)("%s can be sent", (_, fields, filled, preview, content) => {
  const one = make(fields);
  expect(whyNot(one, META, en)).toBe("");
  expect(missingOf(one, fill(filled), "main", en)).toBe("");
  expect(previewOf(one, fill(filled))).toBe(preview);
  expect(contentOf(one, fill(filled))).toMatchObject(content);
});

const NOT_SENDABLE: [string, Record<string, unknown>, { provider?: string; optedOut?: boolean }, RegExp][] = [
  ["rejected", { status: "REJECTED" }, {}, /REJECTED/],
  ["paused", { status: "PAUSED" }, {}, /PAUSED/],
  ["disabled", { status: "DISABLED" }, {}, /DISABLED/],
  ["marketing after an opt-out", { category: "MARKETING" }, { optedOut: true }, /wants none/],
  ["a carousel", { parts: ["CAROUSEL"] }, {}, /CAROUSEL/],
  ["a place above", { header: "location" }, {}, /place/],
  ["several products", { buttons: [{ kind: "mpm" }] }, {}, /mpm/],
  ["a picture by Twilio", { header: "image", content_sid: SID }, { provider: "twilio" }, /only the values/],
  ["without a content_sid by Twilio", {}, { provider: "twilio" }, /content_sid/],
  ["names by MSG91", { body: "Hi {{name}}" }, { provider: "msg91" }, /names/],
];

test.each(NOT_SENDABLE)("%s says why it cannot be sent", (_, fields, situation, why) => {
  expect(whyNot(make(fields), { ...META, ...situation }, en)).toMatch(why);
});

const NOT_FILLED: [string, Record<string, unknown>, Partial<Filled>, RegExp][] = [
  ["a value is missing", { body: "{{1}}" }, {}, /Fill in/],
  ["a value is blank", { body: "{{1}}" }, { parameters: [" "] }, /Fill in/],
  ["a value has lines", { body: "{{1}}" }, { parameters: ["a\nb"] }, /line breaks/],
  ["the picture is missing", { header: "image" }, {}, /file above/],
  [
    "the picture was uploaded for another number",
    { header: "image" },
    { headerFile: { ...uploaded, channel: "shop" } },
    /file above/,
  ],
  ["the button's value is missing", { buttons: [{ kind: "copy_code" }] }, {}, /Fill in/],
  ["it is too long", { body: "{{1}}", footer: true }, { parameters: ["x".repeat(1_025)] }, /longer/],
];

test.each(NOT_FILLED)("it cannot be sent because %s", (_, fields, filled, why) => {
  expect(missingOf(make(fields), fill(filled), "main", en)).toMatch(why);
});

test("Twilio's content_sid may be the name", () => {
  expect(whyNot(make({ name: SID }), { ...META, provider: "twilio" }, en)).toBe("");
});
