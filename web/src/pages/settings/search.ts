import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { menuOf, type SettingsPage } from "./menu";

export type FoundSetting = { page: SettingsPage; field: string; label: string };

const PAGES_OF_FIELDS = ["bot", "models", "conversing", "languages", "profile", "limits", "hours"] as const;

/** Returns the pages and fields whose words contain what was typed, pages first. */
export function useFoundSettings(words: string): FoundSetting[] {
  const { settings, settingFields } = useTexts();
  const member = useMember();
  const wanted = plain(words);
  if (!wanted) return [];
  const pages = menuOf(member).flatMap((group) => group.items.map((item) => item.page));
  const found: FoundSetting[] = pages
    .filter((page) => plain(`${settings.pages[page]} ${settings.about[page]}`).includes(wanted))
    .map((page) => ({ page, field: "", label: settings.pages[page] }));
  for (const page of PAGES_OF_FIELDS) {
    const fields = settingFields[page] as Record<string, { label: string; help?: string }>;
    for (const [field, text] of Object.entries(fields)) {
      if (plain(`${text.label} ${text.help ?? ""} ${field}`).includes(wanted)) {
        found.push({ page, field, label: text.label });
      }
    }
  }
  return found.slice(0, 20);
}

/** Without accents and capitals. */
export function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
}
