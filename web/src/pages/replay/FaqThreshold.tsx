import { useTexts } from "../../texts";
import { NumberField } from "../../ui/NumberField";
import type { Bot } from "./draft";

type Props = { draft: Partial<Bot>; bot: Bot; setBot: (change: Partial<Bot>) => void };

/** The certainty from which on an FAQ answers. */
export function FaqThreshold({ draft, bot, setBot }: Props) {
  const { replay: texts } = useTexts();
  const now = draft.faq_threshold ?? bot.faq_threshold;
  return (
    <NumberField
      label={texts.threshold}
      description={texts.thresholdText}
      placeholder={texts.learnt}
      suffix=" %"
      min={1}
      max={100}
      allowDecimal={false}
      maw={360}
      value={now ? Math.round(now * 100) : ""}
      onChange={(value) => setBot({ faq_threshold: value ? value / 100 : undefined })}
    />
  );
}
