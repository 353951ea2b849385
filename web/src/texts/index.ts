import { createContext, useContext } from "react";
import { en } from "./en";

/** All texts of the console. Every language has the same ones: `en` decides which there are. */
export type Texts = Widened<typeof en>;

type Widened<T> = T extends string
  ? string
  : T extends (...args: infer A) => string
    ? (...args: A) => string
    : { readonly [K in keyof T]: Widened<T[K]> };

export const LANGUAGES = { en: "English", es: "Español" } as const;
export type Language = keyof typeof LANGUAGES;

/** Returns the texts of a language; English is always loaded. */
export async function loadTexts(language: Language): Promise<Texts> {
  return language === "es" ? (await import("./es")).es : en;
}

export const TextsContext = createContext<Texts>(en);

/** Returns the texts in the person's language: `const { inbox } = useTexts()`. */
export function useTexts(): Texts {
  return useContext(TextsContext);
}

/** Returns the language that a browser prefers among ours. */
export function browserLanguage(languages: readonly string[] = navigator.languages): Language {
  const found = languages.map((one) => one.slice(0, 2)).find((one) => one in LANGUAGES);
  return (found as Language | undefined) ?? "en";
}
