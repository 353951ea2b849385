import { Avatar, Group, Text, Tooltip } from "@mantine/core";
import { useEffect, useState } from "react";
import { useMember } from "../../../app/me";
import type { Who } from "../../../live/frames";
import { useLive } from "../../../live/LiveProvider";
import { useTexts } from "../../../texts";
import { useNow } from "../../../time/useNow";
import { useFormat } from "../../../time/zone";
import { useDraft } from "../builder/draft/DraftProvider";
import { useBuilder } from "../builder/layout";
import { type News, newsOf } from "./news";

/**
 * Says who else has the draft open, and when they changed it. Their text is taken at once while nothing of one's own is
 * unsent; else the next save meets it as a conflict.
 */
export function PresenceSign() {
  const { flowVersions: t } = useTexts();
  const { workspace, me } = useMember();
  const { flow } = useBuilder();
  const draft = useDraft();
  const { connection, listen } = useLive();
  const format = useFormat();
  useNow(); // “10 s ago” grows older
  const [others, setOthers] = useState<readonly Who[]>([]);
  const [news, setNews] = useState<News | null>(null);

  useEffect(() => connection.see(`flow:${flow}`), [connection, flow]);
  useEffect(
    () =>
      listen((frame) => {
        if (frame.type === "flow:viewing" && frame.data.flow === flow)
          setOthers(frame.data.who.filter((one) => one.id !== me.id));
        if (frame.type !== "flow:draft" || frame.data.flow !== flow) return;
        const found = newsOf(frame.data, draft.get(), me.id);
        if (!found) return;
        setNews(found);
        if (found.takes) void draft.refresh();
      }),
    [listen, draft, flow, me.id],
  );

  if (others.length === 0 && !news) return null;
  const name = news && (news.own ? t.otherWindow : news.name || t.program);
  const said = news && name ? t.changed(name, format.relative(news.at), news.change) : null;
  return (
    <Group gap={6} wrap="nowrap" data-workspace={workspace}>
      {others.length > 0 && (
        <Tooltip label={t.alsoHere(others.map((one) => one.name).join(", "))}>
          <Avatar.Group
            spacing={6}
            aria-label={t.alsoHere(others.map((one) => one.name).join(", "))}
            role="img"
          >
            {others.slice(0, 3).map((one) => (
              <Avatar key={one.id ?? one.name} name={one.name} color="initials" size={24} aria-hidden />
            ))}
          </Avatar.Group>
        </Tooltip>
      )}
      <Text size="xs" c="dimmed" role="status" truncate maw={300}>
        {said ?? t.alsoHere(others.map((one) => one.name).join(", "))}
        {news?.takes && said ? ` ${t.taken}` : ""}
      </Text>
    </Group>
  );
}
