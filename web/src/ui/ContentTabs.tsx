import { useMember } from "../app/me";
import { useTexts } from "../texts";
import { SectionTabs } from "./SectionTabs";

/** The pages of what the bot knows and sends: FAQ, unanswered questions, catalogue, templates. */
export function ContentTabs() {
  const { catalog, faq, templates } = useTexts();
  const at = `/w/${useMember().workspace}`;
  const items = [
    { to: `${at}/faq`, label: faq.title },
    { to: `${at}/faq/unanswered`, label: faq.unanswered },
    { to: `${at}/catalog`, label: catalog.title },
    { to: `${at}/templates`, label: templates.title },
  ];
  return <SectionTabs label={faq.content} items={items} />;
}
