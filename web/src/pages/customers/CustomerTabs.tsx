import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { SectionTabs } from "../../ui/SectionTabs";

/** The pages about customers: all of them, segments, imports and exports. */
export function CustomerTabs() {
  const { customers, segments } = useTexts();
  const member = useMember();
  const at = `/w/${member.workspace}`;
  const items = [
    { to: `${at}/customers`, label: customers.title },
    { to: `${at}/segments`, label: segments.title },
    ...(member.can("customers_import") ? [{ to: `${at}/customers/import`, label: customers.jobs }] : []),
  ];
  return <SectionTabs label={customers.title} items={items} />;
}
