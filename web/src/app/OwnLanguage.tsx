import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { LANGUAGES, type Language } from "../texts";
import { loadAllTexts } from "../texts/load";
import { loadLate } from "../ui/late";
import { useLanguage } from "./LanguageProvider";
import { meQuery } from "./me";

/** Changes to the language of the person's account, and loads the words of all pages and what is shown late when there is time. */
export function OwnLanguage() {
  const { language, choose } = useLanguage();
  const own = useQuery({ ...meQuery, enabled: false }).data?.language;
  useEffect(() => {
    if (own && own in LANGUAGES) choose(own as Language);
  }, [own, choose]);
  useEffect(
    () =>
      whenIdle(() => {
        loadAllTexts(language).catch(() => {}); // a page loads its own when it is opened
        void loadLate();
      }),
    [language],
  );
  return null;
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
