import { Text } from "@mantine/core";
import { IconRobot, IconUser, IconUserQuestion, IconUsers } from "@tabler/icons-react";
import type { Schemas } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import classes from "./Conversation.module.css";
import { useNames } from "./useNames";

/** Says who has the conversation. */
export function Banner({ row }: { row: Schemas["ConversationRow"] }) {
  const { conversation: t } = useTexts();
  const { me } = useMember();
  const format = useFormat();
  const nameOf = useNames();
  const mine = row.assigned_to === me.id;
  const { words, tone, Icon } =
    row.mode === "closed"
      ? { words: t.isClosed, tone: "bot", Icon: IconRobot }
      : row.mode === "bot"
        ? { words: t.withBot, tone: "bot", Icon: IconRobot }
        : !row.assigned_to
          ? { words: t.inQueue, tone: "queue", Icon: IconUserQuestion }
          : mine
            ? { words: t.withYou, tone: "mine", Icon: IconUser }
            : { words: t.withOther(nameOf(row.assigned_to)), tone: "other", Icon: IconUsers };
  return (
    <div className={classes.banner} data-tone={tone} role="status">
      <Icon size={16} aria-hidden />
      <Text size="sm">{words}</Text>
      {row.snoozed_until && (
        <Text size="xs" c="dimmed" ms="auto">
          {t.snoozedUntil(format.dateTime(row.snoozed_until))}
        </Text>
      )}
    </div>
  );
}
