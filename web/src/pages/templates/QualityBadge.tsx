import { useTexts } from "../../texts";
import { StateBadge } from "../../ui/StateBadge";
import { qualityOf, type Template } from "./definition";

const LOOKS = { high: "good", medium: "warning", low: "bad", new: "off" } as const;

/** Says in words how the provider rates a template; nothing if nobody rates it. */
export function QualityBadge({ template }: { template: Pick<Template, "quality"> }) {
  const { templates } = useTexts();
  const quality = qualityOf(template);
  return quality && <StateBadge look={LOOKS[quality]}>{templates.qualities[quality]}</StateBadge>;
}
