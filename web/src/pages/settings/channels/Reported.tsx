import { Text } from "@mantine/core";
import { useTexts } from "../../../texts";
import { TimeText } from "../../../time/TimeText";
import { useFormat } from "../../../time/zone";
import { StateBadge } from "../../../ui/StateBadge";
import type { Channel } from "./queries";
import { tierLimit } from "./tier";

/** Meta's reports about the number: how many people it may write to, and whether its quality has dropped. */
export function Reported({ channel }: { channel: Channel }) {
  const { channels: texts } = useTexts();
  const format = useFormat();
  const { reported } = channel;
  if (channel.provider !== "meta") return null;
  if (!reported) {
    return (
      <Text size="sm" c="dimmed">
        {texts.nothingReported}
      </Text>
    );
  }
  const limit = tierLimit(reported.limit);
  return (
    <>
      {reported.limit && (
        <Text size="sm">{limit === null ? texts.noLimit : texts.limit(format.number(limit))}</Text>
      )}
      {reported.quality && (
        <div>
          <StateBadge look={reported.quality === "low" ? "warning" : "good"}>
            {texts.qualities[reported.quality]}
          </StateBadge>
        </div>
      )}
      <Text size="xs" c="dimmed">
        {texts.reportedAt} <TimeText at={reported.at} shape="relative" />
      </Text>
    </>
  );
}
