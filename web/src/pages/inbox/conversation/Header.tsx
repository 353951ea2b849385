import { ActionIcon, Avatar, Button, Menu, Text, Title } from "@mantine/core";
import {
  IconArrowLeft,
  IconCalendarSearch,
  IconCheck,
  IconClockPause,
  IconDots,
  IconLayoutSidebarRight,
  IconRobot,
  IconSearch,
  IconTag,
  IconUserPlus,
  IconUserUp,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Schemas } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { canAnswer } from "../members";
import { sameFilters } from "../sameFilters";
import classes from "./Conversation.module.css";
import type { Action } from "./useActions";
import { useMembers } from "./useNames";

type Props = {
  row: Schemas["ConversationRow"];
  busy: boolean;
  panel: boolean;
  onAct: (action: Action) => void;
  onPanel: () => void;
  onJump: () => void;
  onLabels: () => void;
  onFind: () => void;
};

const SHOWN = 200;

/** The customer of the conversation, and the actions on it. */
export function Header(props: Props) {
  const { row, busy, onAct } = props;
  const { conversation: t } = useTexts();
  const member = useMember();
  const write = member.can("conversations_write");
  const name = (row.customer.name || row.customer.number || row.customer.username).slice(0, SHOWN);
  const mine = row.mode === "human" && row.assigned_to === member.me.id;
  return (
    <header className={classes.header}>
      <ActionIcon
        component={Link}
        to={`/w/${member.workspace}/inbox` as string}
        search={sameFilters as never}
        variant="subtle"
        color="gray"
        size="lg"
        className={classes.onlyPhone}
        aria-label={t.back}
      >
        <IconArrowLeft size={20} />
      </ActionIcon>
      <Avatar name={name} color="initials" size={36} radius="xl" />
      <div className={classes.who}>
        <Title order={2} size="h5" lineClamp={1} dir="auto">
          {name}
        </Title>
        <Text size="xs" c="dimmed" truncate>
          {[row.customer.name ? row.customer.number : "", row.channel].filter(Boolean).join(" · ")}
        </Text>
      </div>
      {write && (
        <div className={classes.onlyWide} data-many={(!mine && row.mode === "human") || undefined}>
          {!mine && (
            <Button size="xs" disabled={busy} onClick={() => onAct({ kind: "take-over" })}>
              {t.takeOver}
            </Button>
          )}
          {row.mode === "human" && (
            <Secondary
              icon={<IconRobot size={16} aria-hidden />}
              disabled={busy}
              onClick={() => onAct({ kind: "return-to-bot" })}
            >
              {t.returnToBot}
            </Secondary>
          )}
          {row.mode !== "closed" && (
            <Secondary
              icon={<IconCheck size={16} aria-hidden />}
              disabled={busy}
              onClick={() => onAct({ kind: "close" })}
            >
              {t.close}
            </Secondary>
          )}
        </div>
      )}
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={t.find}
        aria-keyshortcuts="f"
        className={classes.onlyWide}
        onClick={props.onFind}
      >
        <IconSearch size={19} stroke={1.7} />
      </ActionIcon>
      <MoreActions {...props} write={write} mine={mine} />
      <ActionIcon
        variant={props.panel ? "light" : "subtle"}
        color="gray"
        size="lg"
        aria-label={props.panel ? t.hideDetails : t.details}
        aria-pressed={props.panel}
        onClick={props.onPanel}
      >
        <IconLayoutSidebarRight size={20} stroke={1.7} />
      </ActionIcon>
    </header>
  );
}

type SecondaryProps = { icon: ReactNode; children: string; disabled: boolean; onClick: () => void };

/** A button that is a sign alone where the customer's name would have no room. */
function Secondary({ icon, children, ...props }: SecondaryProps) {
  return (
    <Button
      size="xs"
      variant="default"
      className={classes.secondary}
      title={children}
      aria-label={children}
      {...props}
    >
      <span className={classes.sign}>{icon}</span>
      <span className={classes.label}>{children}</span>
    </Button>
  );
}

function MoreActions({
  row,
  busy,
  onAct,
  onJump,
  onLabels,
  onFind,
  write,
  mine,
}: Props & { write: boolean; mine: boolean }) {
  const { conversation: t } = useTexts();
  return (
    <Menu position="bottom-end" closeOnItemClick>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t.actions}>
          <IconDots size={20} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown mah="70dvh" style={{ overflowY: "auto" }}>
        {write && (
          <>
            <div className={classes.onlyPhone}>
              {!mine && (
                <Menu.Item
                  leftSection={<IconUserUp size={16} />}
                  disabled={busy}
                  onClick={() => onAct({ kind: "take-over" })}
                >
                  {t.takeOver}
                </Menu.Item>
              )}
              {row.mode === "human" && (
                <Menu.Item
                  leftSection={<IconRobot size={16} />}
                  disabled={busy}
                  onClick={() => onAct({ kind: "return-to-bot" })}
                >
                  {t.returnToBot}
                </Menu.Item>
              )}
              {row.mode !== "closed" && (
                <Menu.Item
                  leftSection={<IconCheck size={16} />}
                  disabled={busy}
                  onClick={() => onAct({ kind: "close" })}
                >
                  {t.close}
                </Menu.Item>
              )}
              <Menu.Divider />
            </div>
            <Menu.Item leftSection={<IconTag size={16} />} onClick={onLabels}>
              {t.labels}
            </Menu.Item>
          </>
        )}
        <Menu.Item leftSection={<IconSearch size={16} />} onClick={onFind}>
          {t.find}
        </Menu.Item>
        <Menu.Item leftSection={<IconCalendarSearch size={16} />} onClick={onJump}>
          {t.jump}
        </Menu.Item>
        {write && <SnoozeItems row={row} busy={busy} onAct={onAct} />}
        {write && <AssignItems row={row} busy={busy} onAct={onAct} />}
      </Menu.Dropdown>
    </Menu>
  );
}

type Items = Pick<Props, "row" | "busy" | "onAct">;

function SnoozeItems({ row, busy, onAct }: Items) {
  const { conversation: t } = useTexts();
  const { zone } = useFormat();
  const until = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
  const snooze = (at: string | null) => onAct({ kind: "snooze", until: at });
  return (
    <>
      <Menu.Divider />
      <Menu.Label>{t.snooze}</Menu.Label>
      {row.snoozed_until && (
        <Menu.Item leftSection={<IconClockPause size={16} />} disabled={busy} onClick={() => snooze(null)}>
          {t.unsnooze}
        </Menu.Item>
      )}
      <Menu.Item leftSection={<IconClockPause size={16} />} disabled={busy} onClick={() => snooze(until(1))}>
        {t.snoozeHour}
      </Menu.Item>
      <Menu.Item
        leftSection={<IconClockPause size={16} />}
        disabled={busy}
        onClick={() => snooze(tomorrowAt(9, zone, new Date()).toISOString())}
      >
        {t.snoozeTomorrow}
      </Menu.Item>
      <Menu.Item
        leftSection={<IconClockPause size={16} />}
        disabled={busy}
        onClick={() => snooze(until(168))}
      >
        {t.snoozeWeek}
      </Menu.Item>
    </>
  );
}

function AssignItems({ row, busy, onAct }: Items) {
  const { conversation: t } = useTexts();
  const members = useMembers().filter((one) => canAnswer(one, row.channel));
  return (
    <>
      <Menu.Divider />
      <Menu.Label>{t.assign}</Menu.Label>
      <Menu.Item disabled={busy} onClick={() => onAct({ kind: "assign", to: "" })}>
        {t.queue}
      </Menu.Item>
      {members.map((one) => (
        <Menu.Item
          key={one.id}
          disabled={busy || (row.mode === "human" && row.assigned_to === one.id)}
          leftSection={<IconUserPlus size={16} />}
          onClick={() => onAct({ kind: "assign", to: one.id })}
        >
          {one.name}
        </Menu.Item>
      ))}
    </>
  );
}

/** Returns an hour of tomorrow in a zone; a clock that is changed overnight is taken into account. */
export function tomorrowAt(hour: number, zone: string, now: Date): Date {
  const parts = (at: Date) => {
    const format = new Intl.DateTimeFormat("sv-SE", {
      timeZone: zone,
      dateStyle: "short",
      timeStyle: "medium",
    });
    return Date.parse(`${format.format(at).replace(" ", "T")}Z`);
  };
  const local = new Date(parts(now) + 24 * 3_600_000);
  const wanted = Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate(), hour);
  let found = new Date(wanted - (parts(now) - now.getTime()));
  found = new Date(found.getTime() + wanted - parts(found));
  return new Date(Math.round(found.getTime() / 60_000) * 60_000);
}
