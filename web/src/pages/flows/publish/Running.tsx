import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ProblemError } from "../../../api/problem";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { versionsQuery } from "../queries";

/** Says how many conversations are in the flow now, and with which version they finish. */
export function Running({ flow }: { flow: string }) {
  const { flowPublish: t } = useTexts();
  const { workspace } = useMember();
  const format = useFormat();
  const query = useQuery({ ...versionsQuery(workspace, flow), staleTime: 0, retry: isNotMissing });
  const running = (query.data?.items ?? []).filter((one) => one.running > 0);
  if (query.isPending || (query.error && !isMissing(query.error))) return null;
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

/** A flow that was never published has no versions. */
const isMissing = (error: unknown) => error instanceof ProblemError && error.status === 404;
const isNotMissing = (count: number, error: unknown) => count < 2 && !isMissing(error);
