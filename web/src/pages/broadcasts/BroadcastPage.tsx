import { Alert, Anchor, Group, Skeleton, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import { useMember } from "../../app/me";
import { useLive } from "../../live/LiveProvider";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { ErrorState } from "../../ui/ErrorState";
import { Page } from "../../ui/Page";
import { Actions } from "./Actions";
import { Comparison } from "./Comparison";
import { Funnel } from "./Funnel";
import { type Broadcast, broadcastQuery } from "./queries";
import { Recipients } from "./Recipients";
import { StageBadge } from "./StageBadge";
import { Start } from "./Start";

export function BroadcastPage() {
  const { broadcasts } = useTexts();
  const member = useMember();
  const { broadcast: id } = useParams({ strict: false }) as { broadcast: string };
  const { connection } = useLive();
  useEffect(() => connection.see(`broadcast:${id}`), [connection, id]);
  const query = useQuery(broadcastQuery(member.workspace, id));
  const found = query.data;
  return (
    <Page
      wide
      title={found?.name ?? broadcasts.one}
      actions={found && member.can("broadcasts_write") && <Actions broadcast={found} />}
    >
      <Anchor component={Link} to={`/w/${member.workspace}/broadcasts` as string} size="sm">
        {broadcasts.back}
      </Anchor>
      {query.isPending && <Skeleton height={240} mt="md" />}
      {query.isError && <ErrorState error={query.error} onRetry={() => query.refetch()} />}
      {found && (
        <>
          <Heading broadcast={found} />
          {found.stage === "draft" && member.can("broadcasts_write") && <Start broadcast={found} />}
          {found.stage !== "draft" && <Funnel broadcast={found} />}
          {found.stage !== "draft" && found.other && <Comparison broadcast={found} />}
          {found.total !== 0 && <Recipients broadcast={found} />}
        </>
      )}
    </Page>
  );
}

function Heading({ broadcast }: { broadcast: Broadcast }) {
  const { broadcasts } = useTexts();
  const format = useFormat();
  const content = broadcast.content as { type: string; name?: string; text?: string; flow?: string };
  const other = broadcast.other as { name: string } | null;
  return (
    <>
      <Group my="md" gap="lg">
        <StageBadge stage={broadcast.stage} />
        <Text size="sm">
          {broadcasts.contents[content.type as "text"] ?? content.type}:{" "}
          {content.name ?? content.flow ?? content.text}
          {other && ` (A), ${other.name} (B)`}
        </Text>
        <Text size="sm">{broadcasts.to(broadcast.segment || broadcasts.list)}</Text>
        <Text size="sm">{broadcasts.by(broadcast.channel)}</Text>
        {broadcast.start_at && (
          <Text size="sm">{broadcasts.starts(format.dateTime(broadcast.start_at))}</Text>
        )}
      </Group>
      {broadcast.reason && broadcast.stage === "paused" && (
        <Alert
          color="orange"
          icon={<IconAlertTriangle aria-hidden />}
          title={broadcast.cause === "person" ? broadcasts.stages.paused : broadcasts.stopped}
          mb="md"
        >
          {broadcast.cause && <Text size="sm">{broadcasts.causes[broadcast.cause as "channel"]}</Text>}
          <Text size={broadcast.cause ? "xs" : "sm"} c={broadcast.cause ? "dimmed" : undefined} lang="en">
            {broadcast.reason}
          </Text>
        </Alert>
      )}
    </>
  );
}
