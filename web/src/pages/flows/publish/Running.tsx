import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { versionsQuery } from "../queries";

/** Says how many conversations are in a published flow now, and with which version they finish. */
export function Running({ flow }: { flow: string }) {
  const { flowPublish: t } = useTexts();
  const { workspace } = useMember();
  const format = useFormat();
  const query = useQuery({ ...versionsQuery(workspace, flow), staleTime: 0 });
  if (!query.data) return null;
  const running = query.data.items.filter((one) => one.running > 0);
  if (running.length === 0) return <Text size="sm">{t.noneRunning}</Text>;
  return (
    <Text size="sm">
      {running
        .map((one) =>
          t.finishWith(format.number(one.running), one.running, format.dateTime(one.at), one.published),
        )
        .join(" ")}{" "}
      {t.newBegin}
    </Text>
  );
}
