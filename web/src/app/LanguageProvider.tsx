import { createTheme, DirectionProvider, MantineThemeProvider } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { browserLanguage, LANGUAGES, type Language, loadTexts, type Texts, TextsContext } from "../texts";
import { en } from "../texts/en";
import { meQuery } from "./me";

type Choice = { language: Language; choose: (language: Language) => void };
const LanguageContext = createContext<Choice>({ language: "en", choose: () => {} });

/** Shows the console in the person's language: the browser's until the account says another. */
export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, choose] = useState<Language>(() => browserLanguage());
  const [texts, setTexts] = useState<Texts>(en);
  useEffect(() => {
    let current = true;
    loadTexts(language).then((loaded) => current && setTexts(loaded));
    document.documentElement.lang = language;
    return () => {
      current = false;
    };
  }, [language]);
  const own = useQuery({ ...meQuery, enabled: false }).data?.language;
  useEffect(() => {
    if (own && own in LANGUAGES) choose(own as Language);
  }, [own]);
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

/** Returns the language that is shown, for `Intl`, and a function that changes it. */
export const useLanguage = () => useContext(LanguageContext);
