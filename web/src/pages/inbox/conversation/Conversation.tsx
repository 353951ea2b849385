import { Alert, Button, Group, Text } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type RefObject, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { answer, api, type Schemas } from "../../../api/client";
import { ProblemError } from "../../../api/problem";
import { useMember } from "../../../app/me";
import { useShortcuts } from "../../../app/shortcuts";
import { useLive } from "../../../live/LiveProvider";
import { useTexts } from "../../../texts";
import { ErrorState, words } from "../../../ui/ErrorState";
import { late } from "../../../ui/late";
import { channelsQuery } from "../../settings/channels/queries";
import { Composer, type ComposerHandle } from "../composer/Composer";
import { useTick } from "../composer/useTick";
import { windowOf } from "../composer/window";
import { SidePanel } from "../panel/SidePanel";
import { useWide } from "../panel/useWide";
import { sameFilters } from "../sameFilters";
import { LateWhyDrawer } from "../why/LateWhyDrawer";
import { Announcer } from "./Announcer";
import { Banner } from "./Banner";
import type { Refer } from "./BubbleActions";
import classes from "./Conversation.module.css";
import { FindWords } from "./FindWords";
import { Header } from "./Header";
import { ConversationChannel } from "./HeldBy";
import { JumpDialog } from "./JumpDialog";
import { Presence } from "./Presence";
import { Skeletons } from "./Skeletons";
import { TimelineChange } from "./TimelineChange";
import { type TimelineHandle, TimelineView } from "./TimelineView";
import { EMPTY, type Entry } from "./timeline";
import { useActions } from "./useActions";
import { CommandsContext, RefusedError, useCommandsOf } from "./useCommands";
import { useConversation } from "./useConversation";
import { useNames } from "./useNames";
import { useReact } from "./useReact";
import { type Place, useTimeline } from "./useTimeline";

const LabelsDialog = late(async () => (await import("./LabelsDialog")).LabelsDialog);
const FindBar = late(async () => (await import("./FindBar")).FindBar);

const FEW_UNREAD = 30;

/** One conversation: its timeline, the composer, and the side panel. */
export function Conversation({ id }: { id: string }) {
  const { workspace } = useMember();
  const commands = useCommandsOf(workspace, id);
  const details = useConversation(workspace, id);
  // A failed refresh must not take away what somebody writes: only a conversation that is gone, or never came.
  if (details.isError && (!details.data || isGone(details.error)))
    return <ErrorState error={details.error} onRetry={() => details.refetch()} />;
  if (!details.data) return <Skeletons />;
  return (
    <CommandsContext value={commands}>
      <ConversationChannel value={details.data.row.channel}>
        <Opened details={details.data} />
      </ConversationChannel>
    </CommandsContext>
  );
}

const isGone = (error: unknown) => error instanceof ProblemError && [403, 404].includes(error.status);

function Opened({ details }: { details: Schemas["ConversationDetails"] }) {
  const { row } = details;
  const { conversation: t } = useTexts();
  const { workspace, can } = useMember();
  const { connection } = useLive();
  useEffect(() => connection.open(row.id), [connection, row.id]);

  // The place up to which it had been read when it was opened; later reading does not move the line.
  const [seen] = useState(row.unread > 0 ? details.seen_turn : null);
  const [from] = useState(row.unread > FEW_UNREAD ? details.seen_turn : null);
  const { query, change, load, jump, busy, failed } = useTimeline(workspace, row.id, from);
  const timeline = query.data ?? EMPTY;
  const view = useRef<TimelineHandle | null>(null);
  const composer = useRef<ComposerHandle | null>(null);
  const [explained, setExplained] = useState<Entry | null>(null);
  const [dialog, setDialog] = useState<"jump" | "labels" | null>(null);
  const [panel, setPanel] = usePanel();
  const [lost, setLost] = useState(false);
  const [finding, setFinding] = useState(false);
  const [found, setFound] = useState("");
  const act = useActions(row);

  const target = useRef<string | null>(null);
  const go = useCallback(
    async (to: Place | null) => {
      const place = await jump(to);
      if (place === undefined) return; // another jump came after it
      target.current = place;
      setLost(to !== null && target.current === null);
      requestAnimationFrame(() => {
        if (to === null) view.current?.end();
        else if (target.current) view.current?.show(target.current);
      });
    },
    [jump],
  );
  const quote = useCallback(
    async (message: string) => {
      const known = timeline.entries.find((one) => one.id === message);
      if (known) return view.current?.show(known.position);
      try {
        const path = { workspace, message };
        const found = await answer(
          api.GET("/api/v1/workspaces/{workspace}/messages/{message}", { params: { path } }),
        );
        await go({ position: found.entry.position });
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        setLost(true);
      }
    },
    [timeline.entries, workspace, go],
  );
  const older = useCallback(() => void load("older"), [load]);
  const newer = useCallback(() => void load("newer"), [load]);
  const onEnd = useSeen(workspace, row.id, details.seen_turn);
  const channel = useChannel(workspace, row.channel);
  const { react, reacting } = useReact(workspace, row.id);
  const refer = useRefer(row, channel, composer, react);
  const write = can("conversations_write") && !act.isPending;
  useShortcuts({
    r: () => composer.current?.focus(),
    e: () => void (write && row.mode !== "closed" && act.mutate({ kind: "close" })),
    t: () => void (write && act.mutate({ kind: "take-over" })),
    b: () => void (write && row.mode === "human" && act.mutate({ kind: "return-to-bot" })),
    f: () => setFinding(true),
  });
  const name = row.customer.name || row.customer.number;

  return (
    <TimelineChange value={change}>
      <div className={classes.pane}>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: files can be attached by the button, too */}
        <div
          className={classes.middle}
          onDragOver={(event) => event.dataTransfer.types.includes("Files") && event.preventDefault()}
          onDrop={(event) => {
            if (event.dataTransfer.files.length === 0) return;
            event.preventDefault();
            // A dialog of the conversation is inside it for React, though not in the page; it takes files itself.
            if (event.currentTarget.contains(event.target as Node))
              composer.current?.attach([...event.dataTransfer.files]);
          }}
        >
          <Header
            row={row}
            busy={act.isPending}
            panel={panel}
            onAct={act.mutate}
            onPanel={() => setPanel(!panel)}
            onJump={() => setDialog("jump")}
            onLabels={() => setDialog("labels")}
            onFind={() => setFinding(true)}
          />
          <Suspense>
            {finding && (
              <FindBar
                conversation={row.id}
                onGo={(position) => void go({ position })}
                onWords={setFound}
                onClose={() => setFinding(false)}
              />
            )}
          </Suspense>
          {details.moved_to && (
            <Alert color="orange" p="xs" radius={0}>
              <Group gap="sm">
                <Text size="sm">{t.movedTo}</Text>
                <Link
                  to={`/w/${workspace}/inbox/${details.moved_to}` as string}
                  search={sameFilters as never}
                >
                  {t.openMoved}
                </Link>
              </Group>
            </Alert>
          )}
          {query.isPending ? (
            <Skeletons />
          ) : query.isError && timeline.entries.length === 0 ? (
            <ErrorState error={query.error} onRetry={() => query.refetch()} />
          ) : (
            <FindWords value={found}>
              <TimelineView
                timeline={timeline}
                seen={seen}
                busy={busy}
                failed={failed !== null}
                onOlder={older}
                onNewer={newer}
                onEnd={onEnd}
                onLatest={() => void go(null)}
                onWhy={setExplained}
                onQuote={quote}
                reacting={reacting}
                refer={refer}
                handle={view}
              />
            </FindWords>
          )}
          {failed !== null && (
            <Failure
              error={failed.error}
              onRetry={() => void (failed.side === "jump" ? go(failed.to) : load(failed.side))}
            />
          )}
          {lost && (
            <Alert color="gray" p="xs" radius={0} withCloseButton onClose={() => setLost(false)}>
              {t.jumpFailed}
            </Alert>
          )}
          <Presence conversation={row.id} />
          {act.isError && <ActionError error={act.error} onClose={act.reset} />}
          <Banner row={row} />
          <Composer
            details={details}
            channel={channel}
            entries={timeline.entries}
            onQuote={quote}
            handle={composer}
          />
        </div>
        <SidePanel details={details} opened={panel} onClose={() => setPanel(false)} onAct={act.mutate} />
        <Announcer name={name} entries={timeline.after === null ? timeline.entries : []} />
        <LateWhyDrawer entry={explained} onClose={() => setExplained(null)} />
        <JumpDialog
          opened={dialog === "jump"}
          onClose={() => setDialog(null)}
          onJump={(time) => {
            setDialog(null);
            void go({ time });
          }}
        />
        {dialog === "labels" && (
          <Suspense>
            <LabelsDialog opened row={row} onClose={() => setDialog(null)} onAct={act.mutate} />
          </Suspense>
        )}
      </div>
    </TimelineChange>
  );
}

function Failure({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const texts = useTexts();
  return (
    <Alert color="red" p="xs" radius={0} role="alert">
      <Group gap="sm" justify="space-between">
        <Text size="sm">{`${texts.conversation.retryLoad} ${words(error, texts)}`}</Text>
        <Button size="compact-sm" variant="default" onClick={onRetry}>
          {texts.common.tryAgain}
        </Button>
      </Group>
    </Alert>
  );
}

function ActionError({ error, onClose }: { error: unknown; onClose: () => void }) {
  const texts = useTexts();
  const { conversation: t } = texts;
  const nameOf = useNames();
  const outcome = error instanceof RefusedError ? error.outcome : null;
  const shown =
    outcome?.reason === "taken-by"
      ? t.takenBy(nameOf(outcome.by))
      : outcome
        ? t.refused(t.reasons[outcome.reason] ?? outcome.reason)
        : words(error, texts);
  return (
    <Alert color="red" p="xs" radius={0} role="alert" withCloseButton onClose={onClose}>
      {shown}
    </Alert>
  );
}

/** Returns a function that tells the console how far the conversation has been read, while the page is visible. */
function useSeen(workspace: string, conversation: string, first: number) {
  const { rows } = useLive();
  const told = useRef(first);
  return useCallback(
    (turn: number) => {
      if (turn <= told.current || document.visibilityState !== "visible") return;
      told.current = turn;
      const path = { workspace, conversation };
      void answer(
        api.POST("/api/v1/workspaces/{workspace}/conversations/{conversation}/seen", {
          params: { path },
          body: { turn },
        }),
      ).then(
        () => rows.noteSeen(conversation, turn),
        () => {
          told.current = Math.min(told.current, turn - 1);
        },
      );
    },
    [rows, workspace, conversation],
  );
}

/** Returns what can be done with the customer's messages; null: nothing, by role, provider, or because of the window. */
function useRefer(
  row: Schemas["ConversationRow"],
  channel: Schemas["ChannelShown"] | undefined,
  composer: RefObject<ComposerHandle | null>,
  react: (message: string, emoji: string) => void,
): Refer | null {
  const { can } = useMember();
  const open = windowOf(row.window_ends_at, useTick(60_000)).open;
  const allowed = open && can("messages_write");
  const [quotes, reactions] = [channel?.quotes ?? false, channel?.reactions ?? false];
  return useMemo(() => {
    if (!allowed || (!quotes && !reactions)) return null;
    return {
      reply: quotes ? (message) => composer.current?.reply(message) : null,
      react: reactions ? (message, emoji) => void react(message, emoji) : null,
    };
  }, [allowed, quotes, reactions, composer, react]);
}

function useChannel(workspace: string, id: string): Schemas["ChannelShown"] | undefined {
  const channels = useQuery({ ...channelsQuery(workspace), staleTime: 60_000, refetchInterval: false });
  return useMemo(() => channels.data?.items.find((one) => one.id === id), [channels.data, id]);
}

/** Says whether the side panel is open: remembered on wide windows, closed at first on narrow ones. */
function usePanel(): [boolean, (open: boolean) => void] {
  const wide = useWide();
  const [remembered, remember] = useLocalStorage({
    key: "parley.side-panel",
    defaultValue: true,
    getInitialValueInEffect: false,
  });
  const [drawer, setDrawer] = useState(false);
  return wide ? [remembered, remember] : [drawer, setDrawer];
}
