import { Anchor, Button, Group, SegmentedControl, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { answer, api, newKey } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { TimeText } from "../../../time/TimeText";
import { useFormat } from "../../../time/zone";
import { ConfirmDialog } from "../../../ui/ConfirmDialog";
import { type Column, DataTable, useCursorList } from "../../../ui/DataTable";
import { EmptyState } from "../../../ui/EmptyState";
import { ErrorState } from "../../../ui/ErrorState";
import { Loading } from "../../../ui/Loading";
import { Page } from "../../../ui/Page";
import { RefreshFailed } from "../../../ui/RefreshFailed";
import { RequestError } from "../../../ui/RequestError";
import { StateBadge } from "../../../ui/StateBadge";
import { CallDialog } from "./CallDialog";
import { type Call, webhooksQuery } from "./queries";
import { queuedCalls } from "./queuedCalls";
import { RotateDialog } from "./RotateDialog";
import { WebhookDialog } from "./WebhookDialog";

const OUTCOMES = ["delivered", "waiting", "given_up", "failed"] as const;
const LOOKS = { delivered: "good", waiting: "waiting", given_up: "bad", failed: "bad" } as const;

/** One webhook: its log of 14 days, tests, replays, and its secret. */
export function WebhookPage() {
  const { webhooks: texts } = useTexts();
  const { webhook: id } = useParams({ strict: false }) as { webhook: string };
  const search = useSearch({ from: "/w/$workspace/settings/webhooks/$webhook" });
  const { workspace, can } = useMember();
  const navigate = useNavigate();
  const client = useQueryClient();
  const format = useFormat();
  const [dialog, setDialog] = useState<"change" | "rotate" | "remove" | "replay" | null>(null);
  const [opened, setOpened] = useState<string | null>(null);
  const key = useRef(newKey());
  const query = useQuery(webhooksQuery(workspace));
  const webhook = query.data?.items.find((one) => one.id === id);
  const outcome = OUTCOMES.find((one) => one === search.outcome);
  const path = { workspace, webhook: id };
  const logKey = [workspace, "webhook-log", id];
  const list = useCursorList<Call>([...logKey, outcome ?? ""], (cursor, signal) =>
    answer(
      api.GET("/api/v1/workspaces/{workspace}/webhooks/{webhook}/log", {
        params: { path, query: { ...(outcome ? { outcome } : {}), ...(cursor ? { cursor } : {}) } },
        signal,
      }),
    ),
  );
  const again = () => {
    key.current = newKey();
    void client.invalidateQueries({ queryKey: logKey });
  };
  const test = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/workspaces/{workspace}/webhooks/{webhook}/test", {
          params: { path, header: { "Idempotency-Key": key.current } },
        }),
      ),
    onSuccess: ({ call }) => {
      setOpened(call);
      again();
    },
  });
  const replay = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/workspaces/{workspace}/webhooks/{webhook}/replay", {
          params: { path, header: { "Idempotency-Key": key.current } },
          body: { call: "" },
        }),
      ),
    onSuccess: ({ calls }) => {
      notifications.show({ message: texts.replayed(calls), color: "teal" });
      setDialog(null);
      again();
    },
  });
  const remove = useMutation({
    mutationFn: () =>
      answer(api.DELETE("/api/v1/workspaces/{workspace}/webhooks/{webhook}", { params: { path } })),
    onSuccess: async () => {
      await navigate({ to: `/w/${workspace}/settings/webhooks` as string });
      await client.invalidateQueries({ queryKey: [workspace, "webhooks"] });
    },
  });
  if (query.isPending) return <Loading />;
  if (query.isError && !query.data)
    return (
      <Page title={id}>
        <ErrorState error={query.error} onRetry={() => query.refetch()} />
      </Page>
    );
  if (!webhook) return <EmptyState title={texts.gone} order={1} />;
  const columns: Column<Call>[] = [
    { key: "at", title: texts.at, fixed: true, nowrap: true, cell: (one) => <TimeText at={one.at} /> },
    { key: "kind", title: texts.kind, cell: (one) => one.kind },
    {
      key: "outcome",
      title: texts.outcome,
      cell: (one) => <StateBadge look={LOOKS[one.outcome]}>{texts.outcomes[one.outcome]}</StateBadge>,
    },
    { key: "tries", title: texts.tries, align: "end", cell: (one) => one.tries },
    {
      key: "answer",
      title: texts.answer,
      grow: true,
      cell: (one) => one.attempts.at(-1)?.status || one.error || "",
    },
  ];
  const ofFile = query.data.managed.managed_by === "file";
  return (
    <Page
      wide
      title={webhook.id}
      text={webhook.url}
      actions={
        <>
          <Button variant="default" onClick={() => test.mutate()} loading={test.isPending}>
            {texts.test}
          </Button>
          <Button variant="default" onClick={() => setDialog("replay")}>
            {texts.replayAll}
          </Button>
          {!ofFile && (
            <>
              <Button variant="default" onClick={() => setDialog("change")}>
                {texts.change}
              </Button>
              {can("webhook_secrets") && (
                <Button variant="default" onClick={() => setDialog("rotate")}>
                  {texts.rotate}
                </Button>
              )}
              <Button variant="subtle" color="red" onClick={() => setDialog("remove")}>
                {texts.remove}
              </Button>
            </>
          )}
        </>
      }
    >
      <RefreshFailed query={query} />
      <Anchor component={Link} to={`/w/${workspace}/settings/webhooks` as string} size="sm">
        ← {texts.all}
      </Anchor>
      {webhook.waiting > 0 && (
        <Text size="sm" mt="sm">
          {queuedCalls(webhook.waiting, texts, format)}{" "}
          {webhook.next_at ? (
            <>
              {texts.nextTry} <TimeText at={webhook.next_at} />
            </>
          ) : (
            texts.nextTryWhenReached
          )}
        </Text>
      )}
      {webhook.previous_until && (
        <Text size="sm" mt="sm">
          {texts.twoUntil} <TimeText at={webhook.previous_until} />
        </Text>
      )}
      <RequestError error={test.error} />
      <DataTable
        label={texts.log}
        columns={columns}
        list={list}
        rowKey={(one) => one.id}
        name={(one) => `${one.kind} ${one.at}`}
        onOpen={(one) => setOpened(one.id)}
        tools={
          <Group gap="xs">
            <SegmentedControl
              size="xs"
              aria-label={texts.outcome}
              value={outcome ?? "all"}
              onChange={(next) =>
                navigate({ to: ".", search: { outcome: next === "all" ? undefined : next } as never })
              }
              data={[
                { value: "all", label: texts.allCalls },
                ...OUTCOMES.map((value) => ({ value, label: texts.outcomes[value] })),
              ]}
            />
            <Button variant="subtle" size="compact-sm" onClick={list.retry}>
              {texts.refresh}
            </Button>
          </Group>
        }
        empty={<EmptyState title={texts.noCalls} text={texts.noCallsText} />}
      />
      {opened && <CallDialog webhook={id} call={opened} onReplayed={again} onClose={() => setOpened(null)} />}
      {dialog === "change" && (
        <WebhookDialog webhook={webhook} etag={query.data.etag} onClose={() => setDialog(null)} />
      )}
      {dialog === "rotate" && <RotateDialog webhook={id} onClose={() => setDialog(null)} />}
      {dialog === "replay" && (
        <ConfirmDialog
          title={texts.replayAll}
          action={texts.replay}
          onConfirm={() => replay.mutate()}
          onClose={() => setDialog(null)}
          pending={replay.isPending}
          error={replay.error}
        >
          {texts.replayAllText}
        </ConfirmDialog>
      )}
      {dialog === "remove" && (
        <ConfirmDialog
          title={texts.removeTitle(id)}
          action={texts.remove}
          onConfirm={() => remove.mutate()}
          onClose={() => setDialog(null)}
          pending={remove.isPending}
          error={remove.error}
          danger
        >
          {texts.removeText}
        </ConfirmDialog>
      )}
    </Page>
  );
}
