import { Alert, Anchor, Button, Group, Menu, Progress, Skeleton, Stack, Text } from "@mantine/core";
import { IconArrowLeft, IconDots, IconPlayerStop, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { answer, api } from "../../api/client";
import { seesAll, useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { TimeText } from "../../time/TimeText";
import { useFormat } from "../../time/zone";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { CsvButton } from "../../ui/CsvButton";
import { ErrorState } from "../../ui/ErrorState";
import { Page } from "../../ui/Page";
import { RequestError } from "../../ui/RequestError";
import { ChangesShown } from "./ChangesShown";
import { CopyLink } from "./CopyLink";
import { daysOf } from "./daysOf";
import { Figures } from "./Figures";
import { usd } from "./money";
import { NoReplays } from "./NoReplays";
import { isRunning, type ReplayDetails, replayQuery, replaysKey } from "./queries";
import shared from "./Replay.module.css";
import classes from "./ReplayPage.module.css";
import { ReplayState } from "./ReplayState";
import { Results } from "./Results";
import { Verdict } from "./Verdict";

/** A replay: its verdict, figures then and now, and both answers to each message. */
export function ReplayPage() {
  const member = useMember();
  return seesAll(member) ? <OneReplay /> : <NoReplays />;
}

function OneReplay() {
  const { replay: texts } = useTexts();
  const { workspace } = useMember();
  const { replay: id } = useParams({ from: "/w/$workspace/replays/$replay" });
  const query = useQuery(replayQuery(workspace, id));
  const replay = query.data;
  const format = useFormat();
  const back = (
    <Anchor component={Link} to={`/w/${workspace}/replays` as string} size="sm" className={shared.back}>
      <IconArrowLeft size={15} aria-hidden /> {texts.back}
    </Anchor>
  );
  // A look that failed while it runs hides nothing: the next one comes in two seconds.
  if (query.isError && !replay)
    return (
      <Page title={texts.one}>
        {back}
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      </Page>
    );
  if (!replay)
    return (
      <Page wide title={texts.one}>
        {back}
        <Skeleton height={96} mb="md" radius="lg" />
        <Skeleton height={180} radius="lg" />
      </Page>
    );
  return (
    <Page
      wide
      title={replay.name}
      text={[daysOf(format, replay), replay.channel].filter(Boolean).join(" · ")}
      actions={<Actions key={id} replay={replay} />}
    >
      {back}
      <Stack gap="xl">
        {isRunning(replay) && <Running replay={replay} />}
        {replay.state === "failed" && <Alert color="red">{texts.failed(replay.error)}</Alert>}
        {replay.stopped && (
          <Alert color="orange" title={texts.stoppedTitle}>
            {replay.stopped === "limit" ? texts.stoppedByLimit : texts.stoppedByBudget}
          </Alert>
        )}
        {replay.summary.done > 0 && (
          <>
            <Verdict replay={replay} />
            <Figures summary={replay.summary} />
          </>
        )}
        <ChangesShown replay={replay} />
        {(replay.summary.done > 0 || isRunning(replay)) && <Results key={id} replay={replay} />}
        {replay.summary.done === 0 && !isRunning(replay) && replay.state !== "failed" && (
          <Text c="dimmed">{texts.noMessages}</Text>
        )}
        <Text size="xs" c="dimmed">
          {texts.madeBy(replay.by)} <TimeText at={replay.at} /> · {texts.keptUntil(format.date(replay.ends))}{" "}
          · {texts.limitWas(usd(format.language, replay.max_usd))}
        </Text>
      </Stack>
    </Page>
  );
}

function Running({ replay }: { replay: ReplayDetails }) {
  const { replay: texts } = useTexts();
  const format = useFormat();
  const done = replay.messages ? replay.summary.done / replay.messages : 0;
  return (
    <section className={classes.running} aria-label={texts.progress}>
      <Group justify="space-between" mb={8}>
        <ReplayState replay={replay} />
        <Text size="sm" aria-live="polite">
          {replay.state === "queued"
            ? texts.waits
            : texts.progressOf(format.number(replay.summary.done), format.number(replay.messages))}
        </Text>
      </Group>
      <Progress value={done * 100} animated size="lg" radius="xl" aria-label={texts.progress} />
    </section>
  );
}

function Actions({ replay }: { replay: ReplayDetails }) {
  const { replay: texts, common } = useTexts();
  const member = useMember();
  const { workspace } = member;
  const client = useQueryClient();
  const navigate = useNavigate();
  const [removing, setRemoving] = useState(false);
  const path = { workspace, replay: replay.id };
  const cancel = useMutation({
    mutationFn: () =>
      answer(api.POST("/api/v1/workspaces/{workspace}/replays/{replay}/cancel", { params: { path } })),
    onSuccess: (after) => client.setQueryData(replayQuery(workspace, replay.id).queryKey, after),
  });
  const remove = useMutation({
    mutationFn: () =>
      answer(api.DELETE("/api/v1/workspaces/{workspace}/replays/{replay}", { params: { path } })),
    onSuccess: async () => {
      await navigate({ to: `/w/${workspace}/replays` as string });
      client.removeQueries({ queryKey: [workspace, "replays", replay.id] });
      void client.invalidateQueries({ queryKey: replaysKey(workspace) });
    },
  });
  if (!member.can("replays_run")) return <CopyLink />;
  return (
    <>
      {isRunning(replay) && (
        <Button
          variant="default"
          leftSection={<IconPlayerStop size={16} aria-hidden />}
          loading={cancel.isPending}
          onClick={() => cancel.mutate()}
        >
          {texts.cancel}
        </Button>
      )}
      <CopyLink />
      {member.can("replays_export") && (
        <CsvButton
          path={`/api/v1/workspaces/${workspace}/replays/${replay.id}/export`}
          name={`${workspace}-replay.csv`}
        />
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" px="xs" aria-label={common.more}>
            <IconDots size={18} aria-hidden />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            data-danger
            leftSection={<IconTrash size={16} aria-hidden />}
            onClick={() => setRemoving(true)}
          >
            {texts.remove}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <RequestError error={cancel.error} />
      {removing && (
        <ConfirmDialog
          title={texts.removeTitle}
          action={texts.remove}
          danger
          pending={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate()}
          onClose={() => setRemoving(false)}
        >
          {texts.removeText}
        </ConfirmDialog>
      )}
    </>
  );
}
