import { createTheme, MantineThemeProvider } from "@mantine/core";
import {
  createContext,
  type ReactNode,
  startTransition,
  useContext,
  useEffect,
  useMemo,
  useState,
} from "react";
import { CATALOGUES, type Language, shown, TextsContext } from "../texts";
import { loadSameTexts } from "../texts/load";

type Choice = { language: Language; choose: (language: Language) => void };
const LanguageContext = createContext<Choice>({ language: "en", choose: () => {} });

/** Shows pages in the browser's language until another one is chosen. */
export function LanguageProvider({ children }: { children: ReactNode }) {
  const [wanted, choose] = useState<Language>(shown.language);
  const [language, setLanguage] = useState<Language>(shown.language);
  useEffect(() => {
    let current = true;
    loadSameTexts(shown.language, wanted).then(
      () => {
        if (!current) return;
        shown.language = wanted;
        startTransition(() => setLanguage(wanted));
      },
      () => {}, // its words cannot be had now: the language stays
    );
    return () => {
      current = false;
    };
  }, [wanted]);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const texts = CATALOGUES[language];
  const words = useMemo(() => themeWords(texts.common.close), [texts]);
  const choice = useMemo(() => ({ language, choose }), [language]);
  return (
    <LanguageContext.Provider value={choice}>
      <TextsContext.Provider value={texts}>
        <MantineThemeProvider theme={words}>{children}</MantineThemeProvider>
      </TextsContext.Provider>
    </LanguageContext.Provider>
  );
}

/** Names the buttons that Mantine itself puts into dialogs. */
function themeWords(close: string) {
  const defaultProps = { closeButtonProps: { "aria-label": close } };
  return createTheme({ components: { Modal: { defaultProps }, Drawer: { defaultProps } } });
}

/** Returns the language that is shown, for `Intl`, and a function that changes it. */
export const useLanguage = () => useContext(LanguageContext);
