import { createTheme, DirectionProvider, MantineThemeProvider } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import {
  createContext,
  type ReactNode,
  startTransition,
  useContext,
  useEffect,
  useMemo,
  useState,
} from "react";
import { CATALOGUES, LANGUAGES, type Language, shown, TextsContext } from "../texts";
import { loadAllTexts, loadSameTexts } from "../texts/load";
import { meQuery } from "./me";

type Choice = { language: Language; choose: (language: Language) => void };
const LanguageContext = createContext<Choice>({ language: "en", choose: () => {} });

/** Shows the console in the person's language: the browser's until the account says another. */
export function LanguageProvider({ children }: { children: ReactNode }) {
  const [wanted, choose] = useState<Language>(shown.language);
  const [language, setLanguage] = useState<Language>(shown.language);
  useEffect(() => {
    let current = true;
    loadSameTexts(shown.language, wanted).then(() => {
      if (!current) return;
      shown.language = wanted;
      startTransition(() => setLanguage(wanted));
    });
    return () => {
      current = false;
    };
  }, [wanted]);
  useEffect(() => {
    document.documentElement.lang = language;
    return whenIdle(() => void loadAllTexts(language));
  }, [language]);
  const own = useQuery({ ...meQuery, enabled: false }).data?.language;
  useEffect(() => {
    if (own && own in LANGUAGES) choose(own as Language);
  }, [own]);
  const texts = CATALOGUES[language];
  const words = useMemo(() => themeWords(texts.common.close), [texts]);
  const choice = useMemo(() => ({ language, choose }), [language]);
  return (
    <DirectionProvider detectDirection>
      <LanguageContext.Provider value={choice}>
        <TextsContext.Provider value={texts}>
          <MantineThemeProvider theme={words}>{children}</MantineThemeProvider>
        </TextsContext.Provider>
      </LanguageContext.Provider>
    </DirectionProvider>
  );
}

/** Names the buttons that Mantine itself puts into dialogs. */
function themeWords(close: string) {
  const defaultProps = { closeButtonProps: { "aria-label": close } };
  return createTheme({ components: { Modal: { defaultProps }, Drawer: { defaultProps } } });
}

/** Runs when the first screen stands; returns how to call it off. Safari knows no idle callbacks. */
function whenIdle(run: () => void): () => void {
  if (!("requestIdleCallback" in window)) {
    const timer = setTimeout(run, 2000);
    return () => clearTimeout(timer);
  }
  const asked = requestIdleCallback(run, { timeout: 10_000 });
  return () => cancelIdleCallback(asked);
}

/** Returns the language that is shown, for `Intl`, and a function that changes it. */
export const useLanguage = () => useContext(LanguageContext);
