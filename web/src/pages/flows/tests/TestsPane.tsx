import { Anchor, Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { IconPlayerPlay, IconTestPipe } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import { ProblemError } from "../../../api/problem";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { TimeText } from "../../../time/TimeText";
import { EmptyState } from "../../../ui/EmptyState";
import { ErrorState } from "../../../ui/ErrorState";
import { Loading } from "../../../ui/Loading";
import { RefreshFailed } from "../../../ui/RefreshFailed";
import { RequestError } from "../../../ui/RequestError";
import { StateBadge } from "../../../ui/StateBadge";
import { useAuthors } from "../authors";
import { useDraft } from "../builder/draft/DraftProvider";
import { useBuilder } from "../builder/layout";
import { Results } from "./Results";
import { runTests, testsOf, testsQuery } from "./testText";

/** The tests of the flow: what they are, how they went, and their text. Publishing runs them. */
export function TestsPane() {
  const { workspace } = useMember();
  const { flow } = useBuilder();
  const query = useQuery(testsQuery(workspace, flow));
  if (query.error && !query.data)
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Loading />;
  return (
    <>
      <RefreshFailed query={query} />
      <Opened stored={query.data.data.source} tag={query.data.tag} />
    </>
  );
}

/** typed: null: the stored text. base: the text and the ETag that the typing began with. */
function Opened({ stored, tag }: { stored: string; tag: string }) {
  const { common, flowTry: t } = useTexts();
  const { workspace } = useMember();
  const { flow, mayEdit, showTab } = useBuilder();
  const draft = useDraft();
  const client = useQueryClient();
  const names = useAuthors();
  const [typed, setTyped] = useState<string | null>(null);
  const [base, setBase] = useState({ text: stored, tag });
  const [editing, setEditing] = useState(false);
  const text = typed ?? stored;
  const listed = testsOf(text);
  const saved = useQuery(testsQuery(workspace, flow)).data?.data;

  const run = useMutation({
    mutationFn: () => runTests(workspace, flow, draft.get().source, text || "tests: []"),
  });
  const save = useMutation({
    mutationFn: async (match: string) => {
      await answer(
        api.PUT("/api/v1/workspaces/{workspace}/flows/{name}/tests", {
          params: { path: { workspace, name: flow }, header: { "If-Match": match } },
          body: { source: text },
        }),
      );
      await client.invalidateQueries({ queryKey: testsQuery(workspace, flow).queryKey });
    },
    onSuccess: () => {
      setTyped(null);
      setEditing(false);
    },
    onError: (error) => {
      if (error instanceof ProblemError && error.status === 412)
        void client.invalidateQueries({ queryKey: testsQuery(workspace, flow).queryKey });
    },
  });
  const conflict = save.error instanceof ProblemError && save.error.status === 412 ? save.error : null;
  function type(value: string) {
    if (typed === null) setBase({ text: stored, tag });
    setTyped(value);
  }
  if (!text && !editing) {
    return (
      <EmptyState
        icon={<IconTestPipe size={32} stroke={1.3} aria-hidden />}
        title={t.noTests}
        text={t.noTestsText}
        action={
          <Group gap="xs" mt="xs">
            <Button size="sm" onClick={() => showTab("try")}>
              {t.tryIt}
            </Button>
            {mayEdit && (
              <Button size="sm" variant="default" onClick={() => setEditing(true)}>
                {t.writeTests}
              </Button>
            )}
          </Group>
        }
      />
    );
  }
  return (
    <Stack p="sm" gap="sm">
      <Group justify="space-between">
        <Text size="sm">{t.testCount(listed.length)}</Text>
        <Button
          size="xs"
          leftSection={<IconPlayerPlay size={14} aria-hidden />}
          loading={run.isPending}
          onClick={() => run.mutate()}
        >
          {t.run}
        </Button>
      </Group>
      <RequestError error={run.error} />
      {run.data && (
        <div role="status">
          <StateBadge look={run.data.passed ? "good" : "bad"}>
            {run.data.passed ? t.allPassed : t.someFailed}
          </StateBadge>
        </div>
      )}
      <Results tests={listed.map((one) => one.name)} results={run.data?.results ?? null} />
      {!editing && (
        <Anchor component="button" type="button" size="sm" onClick={() => setEditing(true)}>
          {mayEdit ? t.editTests : t.showTests}
        </Anchor>
      )}
      {editing && (
        <Textarea
          label={t.testText}
          value={text}
          readOnly={!mayEdit}
          autosize
          minRows={12}
          maxRows={40}
          spellCheck={false}
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12.5 } }}
          onChange={(event) => type(event.currentTarget.value)}
        />
      )}
      {conflict && (
        <div role="alert">
          <Text size="sm" c="red">
            {t.testsConflict}
          </Text>
          <Group gap="xs" mt={4}>
            <Button size="xs" variant="default" onClick={() => setTyped(null)}>
              {t.takeTheirTests}
            </Button>
            <Button size="xs" color="red" variant="light" onClick={() => save.mutate(tag)}>
              {t.keepMyTests}
            </Button>
          </Group>
        </div>
      )}
      {!conflict && <RequestError error={save.error} />}
      {mayEdit && editing && (
        <Group justify="flex-end">
          <Button
            variant="default"
            size="xs"
            onClick={() => {
              setTyped(null);
              setEditing(false);
              save.reset();
            }}
          >
            {common.cancel}
          </Button>
          <Button
            size="xs"
            loading={save.isPending}
            disabled={typed === null || typed === stored}
            onClick={() => save.mutate(base.tag)}
          >
            {common.save}
          </Button>
        </Group>
      )}
      {saved?.at && (
        <Text size="xs" c="dimmed">
          {t.changedBy(names(saved.by))} · <TimeText at={saved.at} shape="relative" />
        </Text>
      )}
    </Stack>
  );
}
