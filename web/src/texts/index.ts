import { createContext, useContext } from "react";
import type { en } from "./en";
import { catalogue, loadTexts } from "./load";

/** All texts of the console. Every language has the same ones: `en` decides which there are. */
export type Texts = Widened<typeof en>;

/** A part of the texts, such as those of the inbox. */
export type Area = keyof Texts;

type Widened<T> = T extends string
  ? string
  : T extends (...args: infer A) => string
    ? (...args: A) => string
    : { readonly [K in keyof T]: Widened<T[K]> };

export const LANGUAGES = { en: "English", es: "Español" } as const;
export type Language = keyof typeof LANGUAGES;

export const CATALOGUES: Record<Language, Texts> = { en: catalogue("en"), es: catalogue("es") };

export const TextsContext = createContext<Texts>(CATALOGUES.en);

/** Returns the texts in the person's language: `const { inbox } = useTexts()`. */
export function useTexts(): Texts {
  return useContext(TextsContext);
}

/** The language that is shown. */
export const shown: { language: Language } = { language: browserLanguage() };

/** Loads a page's texts together with its code: `lazyRouteComponent(withTexts(() => import("./FaqPage"), "faq"), …)`. */
export function withTexts<Page>(load: () => Promise<Page>, ...areas: Area[]): () => Promise<Page> {
  return async () => (await Promise.all([load(), loadTexts(shown.language, ...areas)]))[0];
}

/** Returns the language that a browser prefers among ours. */
export function browserLanguage(languages: readonly string[] = navigator.languages): Language {
  const found = languages.map((one) => one.slice(0, 2)).find((one) => one in LANGUAGES);
  return (found as Language | undefined) ?? "en";
}
