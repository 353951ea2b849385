import { Alert, Button, Checkbox, Group, Skeleton, Stack, Text, Textarea } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { useTexts } from "../../../texts";
import { ErrorState } from "../../../ui/ErrorState";
import { FormModal } from "../../../ui/FormModal";
import { RequestError } from "../../../ui/RequestError";
import { useDraftView } from "../builder/draft/DraftProvider";
import { warningWords } from "../builder/problems/warnings";
import { useSelection } from "../builder/selection";
import { Difference } from "../diff/Difference";
import { Results } from "../tests/Results";
import { FileInstead } from "./FileInstead";
import { Running } from "./Running";
import { type Published, usePublishing } from "./usePublishing";

/** Shows what publishing changes, for whom, and whether tests pass; then publishes. */
export function PublishDialog({ onClose }: { onClose: () => void }) {
  const { common, flowPublish: t } = useTexts();
  const publishing = usePublishing();
  const { look, publish, flow, byFile, flows } = publishing;
  const [note, setNote] = useState("");
  const [skip, setSkip] = useState(false);
  const found = look.data;
  const refused = found && "why" in found ? found : null;
  const allowed = found && (!refused || (refused.why === "tests" && skip));
  function send() {
    publish.mutate(
      { note: note.trim(), tests: skip ? "skip" : "run" },
      {
        onSuccess: () => {
          notifications.show({ message: t.published(flow), color: "teal" });
          onClose();
        },
      },
    );
  }
  return (
    <FormModal values={{ note, skip }} opened onClose={onClose} title={t.title(flow)} size="xl">
      <Stack>
        {!publishing.saved && <Alert color="blue">{t.notSaved}</Alert>}
        {flows.error || look.error ? (
          <ErrorState error={flows.error ?? look.error} onRetry={() => void look.refetch()} />
        ) : null}
        {byFile && <FileInstead publishing={publishing} />}
        {!byFile && !found && !look.error && <Skeleton height={160} />}
        {refused?.why === "problems" && <Problems problems={refused.problems} onClose={onClose} />}
        {(refused?.why === "tests" || (found && !refused)) && (
          <>
            <Differences publishing={publishing} />
            {publishing.published !== null && <Running flow={flow} />}
            <Tests tests={refused?.why === "tests" ? refused.tests : (found as Published).tests} />
            {refused?.why === "tests" && (
              <Checkbox
                label={t.skip}
                checked={skip}
                onChange={(event) => setSkip(event.currentTarget.checked)}
              />
            )}
            <Warnings />
            <Textarea
              label={t.note}
              description={t.noteText}
              value={note}
              maxLength={1000}
              autosize
              minRows={2}
              onChange={(event) => setNote(event.currentTarget.value)}
              data-autofocus
            />
          </>
        )}
        <RequestError error={publish.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {byFile ? common.close : common.cancel}
          </Button>
          {!byFile && (
            <Button onClick={send} disabled={!allowed || !publishing.saved} loading={publish.isPending}>
              {t.publish}
            </Button>
          )}
        </Group>
      </Stack>
    </FormModal>
  );
}

type Publishing = ReturnType<typeof usePublishing>;

function Differences({ publishing: { published, difference } }: { publishing: Publishing }) {
  const { flowPublish: t } = useTexts();
  if (published === null) return <Text size="sm">{t.first}</Text>;
  if (difference.error && !difference.data)
    return <ErrorState error={difference.error} onRetry={() => void difference.refetch()} />;
  if (!difference.data) return <Skeleton height={80} />;
  return <Difference difference={difference.data} />;
}

function Problems({
  problems,
  onClose,
}: {
  problems: readonly { where: string; line: number; message: string }[];
  onClose: () => void;
}) {
  const { flowPublish: t } = useTexts();
  const selection = useSelection();
  const graph = useDraftView((view) => view.graph);
  return (
    <Alert color="red" title={t.problems} role="alert">
      <Stack gap={4} align="flex-start">
        {problems.map((one) => {
          const step = graph.steps.find((known) => known.name === one.where)?.name;
          return (
            <Button
              key={`${one.line} ${one.message}`}
              variant="subtle"
              color="red"
              size="compact-sm"
              h="auto"
              styles={{ label: { whiteSpace: "normal", textAlign: "start" } }}
              onClick={() => {
                selection.select(step ?? "");
                onClose();
              }}
            >
              {one.where}: {one.message}
            </Button>
          );
        })}
      </Stack>
    </Alert>
  );
}

function Tests({ tests }: { tests: Published["tests"] }) {
  const { flowPublish: t } = useTexts();
  if (tests.length === 0) return <Text size="sm">{t.noTests}</Text>;
  const failed = tests.filter((one) => !one.passed);
  if (failed.length === 0) return <Text size="sm">✓ {t.testsPass(tests.length)}</Text>;
  return (
    <Alert color="red" title={t.testsFail(failed.length, tests.length)} role="alert">
      <Results tests={[]} results={failed} />
    </Alert>
  );
}

function Warnings() {
  const { flowPublish: t } = useTexts();
  const warnings = useDraftView((view) => view.warnings);
  if (warnings.length === 0) return null;
  return (
    <Alert color="blue" title={t.warnings}>
      <Stack gap={2}>
        {warnings.map((one) => (
          <Text key={`${one.provider} ${one.step} ${one.message}`} size="sm">
            <b>{one.step}</b> {warningWords(one)}
          </Text>
        ))}
      </Stack>
    </Alert>
  );
}
