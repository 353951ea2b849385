import { Anchor, Button, Chip, Group, Stack, Switch, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconMailCheck } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { answer, api, newKey, type Schemas } from "../../../api/client";
import { ProblemError } from "../../../api/problem";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { TimeText } from "../../../time/TimeText";
import { useFormat } from "../../../time/zone";
import { CopyField } from "../../../ui/CopyField";
import { type Column, DataTable, useCursorList } from "../../../ui/DataTable";
import { Drawer } from "../../../ui/dialogs/Drawer";
import { Modal } from "../../../ui/dialogs/Modal";
import { EmptyState } from "../../../ui/EmptyState";
import { ErrorState } from "../../../ui/ErrorState";
import { Loading } from "../../../ui/Loading";
import { Page } from "../../../ui/Page";
import { useProof } from "../../../ui/Proof";
import { RequestError } from "../../../ui/RequestError";
import { StateBadge } from "../../../ui/StateBadge";
import { Steps } from "../../inbox/why/WhyDrawer";

type Letter = Schemas["Letter"];
const LOOKS = { new: "warning", replayed: "good", failed_again: "bad" } as const;

/** Returns the topic of a letter, with partition and offset where they are known. */
function placeOf({ topic, partition, offset }: Letter): string {
  return topic && partition != null && offset != null ? `${topic} ${partition}:${offset}` : (topic ?? "");
}

/** Dead letters by reason, each with its replay. */
export function LettersPage() {
  const { settings, letters: texts } = useTexts();
  const { workspace } = useMember();
  const { reason } = useSearch({ from: "/w/$workspace/settings/letters" });
  const navigate = useNavigate();
  const format = useFormat();
  const [opened, setOpened] = useState<Letter | null>(null);
  const path = { workspace };
  const counts = useQuery({
    queryKey: [workspace, "letters", "counts"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/workspaces/{workspace}/letters/counts", { params: { path }, signal })),
    refetchInterval: 30_000,
  });
  const list = useCursorList<Letter>([workspace, "letters", "list", reason ?? ""], (cursor, signal) =>
    answer(
      api.GET("/api/v1/workspaces/{workspace}/letters", {
        params: {
          path,
          query: { ...(reason ? { reason: reason as Letter["reason"] } : {}), ...(cursor ? { cursor } : {}) },
        },
        signal,
      }),
    ),
  );
  const reasons = Object.entries(counts.data?.reasons ?? {});
  const most = counts.data?.most ?? 0;
  const columns: Column<Letter>[] = [
    { key: "at", title: texts.at, fixed: true, nowrap: true, cell: (one) => <TimeText at={one.at} /> },
    { key: "reason", title: texts.reason, grow: true, cell: (one) => texts.reasons[one.reason].label },
    { key: "service", title: texts.service, nowrap: true, cell: (one) => one.service },
    {
      key: "place",
      title: texts.place,
      hidden: true,
      cell: placeOf,
    },
    {
      key: "state",
      title: texts.state,
      cell: (one) => <StateBadge look={LOOKS[one.state]}>{texts.states[one.state]}</StateBadge>,
    },
  ];
  return (
    <Page title={settings.pages.letters} text={settings.about.letters}>
      <DataTable
        label={settings.pages.letters}
        columns={columns}
        list={list}
        rowKey={(one) => one.id}
        name={(one) => `${texts.reasons[one.reason].label} ${one.at}`}
        onOpen={setOpened}
        choice="letters"
        tools={
          reasons.length > 0 && (
            <Chip.Group
              value={reason ?? ""}
              onChange={(next) =>
                navigate({ to: ".", search: { reason: (next as string) || undefined } as never })
              }
            >
              <Group gap={6}>
                <Chip value="" size="xs">
                  {texts.all}
                </Chip>
                {reasons.map(([name, count]) => (
                  <Chip key={name} value={name} size="xs">
                    {texts.reasons[name as Letter["reason"]]?.label ?? name} · {format.number(count)}
                    {count >= most && "+"}
                  </Chip>
                ))}
              </Group>
            </Chip.Group>
          )
        }
        empty={
          <EmptyState
            icon={<IconMailCheck size={32} stroke={1.5} />}
            title={texts.empty}
            text={texts.emptyText}
          />
        }
      />
      {opened && <LetterDialog letter={opened} onClose={() => setOpened(null)} />}
    </Page>
  );
}

/** The exchange that a letter belongs to, step by step. */
function LetterWhy({ letter, onClose }: { letter: Letter; onClose: () => void }) {
  const { letters: texts } = useTexts();
  const { workspace } = useMember();
  const why = useQuery({
    queryKey: [workspace, "letters", "why", letter.id],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/letters/{letter}/why", {
          params: { path: { workspace, letter: letter.id } },
          signal,
        }),
      ),
  });
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" title={texts.reasons[letter.reason].label}>
      <Stack>
        <Text size="sm">{texts.reasons[letter.reason].text}</Text>
        {why.isPending && <Loading h={160} />}
        {why.isError && <ErrorState error={why.error} onRetry={() => why.refetch()} />}
        {why.data?.steps.length === 0 && <Text size="sm">{texts.noSteps}</Text>}
        {why.data && why.data.steps.length > 0 && <Steps why={why.data} />}
      </Stack>
    </Drawer>
  );
}

function LetterDialog({ letter, onClose }: { letter: Letter; onClose: () => void }) {
  const { letters: texts, common, why } = useTexts();
  const { workspace } = useMember();
  const client = useQueryClient();
  const withProof = useProof();
  const [again, setAgain] = useState(letter.state === "replayed");
  const [twice, setTwice] = useState(false);
  const [asks, setAsks] = useState(false);
  const key = useRef(newKey());
  const { label, text } = texts.reasons[letter.reason];
  const replay = useMutation({
    mutationFn: () =>
      withProof(() =>
        answer(
          api.POST("/api/v1/workspaces/{workspace}/letters/{letter}/replay", {
            params: { path: { workspace, letter: letter.id }, header: { "Idempotency-Key": key.current } },
            body: { again, may_send_twice: twice },
          }),
        ),
      ),
    onSuccess: async ({ destination }) => {
      notifications.show({ message: texts.replayedTo(destination), color: "teal" });
      await client.invalidateQueries({ queryKey: [workspace, "letters"] });
      onClose();
    },
    onError: (error) => {
      if (error instanceof ProblemError && error.status < 500) key.current = newKey();
    },
  });
  return (
    <Modal opened onClose={onClose} title={label} size="lg">
      <Stack gap="sm">
        <Text size="sm">{text}</Text>
        <Text size="sm" c="dimmed">
          {letter.service} · <TimeText at={letter.at} />
          {letter.topic && ` · ${placeOf(letter)}`}
        </Text>
        <CopyField label={texts.correlation} text={texts.correlationText} value={letter.correlation} />
        {letter.replays && (
          <Text size="sm">
            {texts.replays(letter.replays.count)} <TimeText at={letter.replays.last_at} />
          </Text>
        )}
        {letter.replayable ? (
          <>
            {letter.reason === "in_doubt" && (
              <Switch
                label={texts.twice}
                checked={twice}
                onChange={(event) => setTwice(event.currentTarget.checked)}
              />
            )}
            {letter.state === "replayed" && (
              <Switch
                label={texts.again}
                checked={again}
                onChange={(event) => setAgain(event.currentTarget.checked)}
              />
            )}
          </>
        ) : (
          <Text size="sm">
            {texts.operators}{" "}
            <Anchor component="span" ff="monospace" c="inherit" underline="never">
              parley dlq replay {letter.id}
            </Anchor>
          </Text>
        )}
        <RequestError error={replay.error} />
        {asks && <LetterWhy letter={letter} onClose={() => setAsks(false)} />}
        <Group justify="flex-end">
          <Button variant="subtle" onClick={() => setAsks(true)} style={{ marginInlineEnd: "auto" }}>
            {why.open}
          </Button>
          <Button variant="default" onClick={onClose}>
            {common.close}
          </Button>
          {letter.replayable && (
            <Button
              onClick={() => replay.mutate()}
              loading={replay.isPending}
              disabled={(letter.reason === "in_doubt" && !twice) || (letter.state === "replayed" && !again)}
            >
              {texts.replay}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}
