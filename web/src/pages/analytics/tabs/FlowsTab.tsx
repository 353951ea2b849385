import { Text } from "@mantine/core";
import { useTexts } from "../../../texts";
import { ErrorState } from "../../../ui/ErrorState";
import { Loading } from "../../../ui/Loading";
import { Breakdown } from "../Breakdown";
import { useAsked, useStatistics } from "../data";
import type { Counts } from "../numbers";
import type { TabProps } from "./tab";

export function FlowsTab({ names }: TabProps) {
  const { analytics: texts } = useTexts();
  const { period, channel } = useAsked();
  const flows = useStatistics("flows", period, channel);
  if (flows.isPending) return <Loading />;
  if (flows.isError && !flows.data) return <ErrorState error={flows.error} onRetry={() => flows.refetch()} />;
  const rows = flows.data.items;
  const ends: Record<string, Counts> = {};
  for (const row of rows) {
    const key = [row.flow, row.step, row.why].join(" ").trim();
    ends[row.flow] = { ...ends[row.flow], [key]: row.ended };
  }
  if (!rows.length) return <Text size="sm">{texts.noFlows}</Text>;
  return Object.entries(ends).map(([flow, counts]) => (
    <Breakdown
      key={flow}
      title={texts.endsOf(flow)}
      counts={counts}
      measure="flows_ended"
      names={(label) => {
        const [, step = "", why = ""] = label.split(" ");
        return [names(why), step].filter(Boolean).join(" · ");
      }}
    />
  ));
}
