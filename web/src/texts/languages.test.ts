import { expect, test } from "vitest";
import { en } from "./en";
import { es } from "./es";

/** Words that are the same in English and Spanish, names, and marks. */
const SAME = new Set([
  ...["Parley", "Kafka", "MongoDB", "Redis", "WhatsApp", "Meta", "Twilio", "MSG91"],
  ...["CSV", "SKU", "Token", "Auth token", "Auth key", "Account SID", "Webhook", "Webhooks", "Topic"],
  ...[
    "Bot",
    "Bot · §1",
    "Emoji",
    "Sticker",
    "Audio",
    "Error",
    "Total",
    "General",
    "Variables",
    "Id",
    "no",
    "No",
  ],
  ...["§1 h §2 min", "§1 min", "§1 s"],
]);

type Words = string | null | ((...args: never[]) => string) | { readonly [name: string]: Words };

/** Yields all texts with their places; functions are called with the places of their values. */
function* wordsOf(texts: Words, place: string): Generator<[string, string]> {
  if (typeof texts === "string") yield [place, texts];
  else if (typeof texts === "function") yield [place, said(texts)];
  else for (const [name, inner] of Object.entries(texts ?? {})) yield* wordsOf(inner, `${place}.${name}`);
}

function said(words: (...args: never[]) => string): string {
  const values = ["§1", "§2", "§3", "§4"];
  try {
    return String(words(...(values as never[])));
  } catch {
    return String(words(...(values.map((one) => [one]) as never[]))); // it joins a list of names
  }
}

const english = new Map([...wordsOf(en as unknown as Words, "")]);
const spanish = new Map([...wordsOf(es as unknown as Words, "")]);
const hasWords = (text: string) => /\p{L}{2,}/u.test(text.replace(/§\d|undefined|\{\{.*?\}\}/g, ""));

test("no text is left in English", () => {
  const left = [...spanish].filter(
    ([place, text]) => text === english.get(place) && hasWords(text) && !SAME.has(text),
  );
  expect(left).toEqual([]);
});

test("Spanish texts use the values that the English ones use", () => {
  const values = (text = "") => [...new Set(text.match(/§\d|\{\{[^}]+\}\}/g) ?? [])].sort();
  const differing = [...spanish]
    .filter(([place, text]) => String(values(text)) !== String(values(english.get(place))))
    .map(([place, text]) => [place, english.get(place), text]);
  expect(differing).toEqual([]);
});

test("a text that is empty in one language is empty in the other", () => {
  const differing = [...spanish].filter(([place, text]) => (text === "") !== (english.get(place) === ""));
  expect(differing).toEqual([]);
});

test("Spanish texts say tú to everybody, and begin questions with their mark", () => {
  const polite =
    /\b(usted|ustedes|vuestr[oa]s?|elija|escriba|pulse|abra|añada|pida|mire|espere|pruebe|quite|seleccione|responda|permítal[oa]s?|edítel[oa]s?|su equipo|volvéis)\b/i;
  const wrong = [...spanish].filter(
    ([place, text]) =>
      polite.test(text) ||
      (/\p{L}\?(\s|$)/u.test(text) && !text.includes("¿") && text !== english.get(place)),
  );
  expect(wrong).toEqual([]);
});

test("one thing has one name", () => {
  const others = /\b(envíos|mailing|observador|plantilla de mensaje|bandeja de salida)\b/i;
  expect([...spanish].filter(([, text]) => others.test(text))).toEqual([]);
});
