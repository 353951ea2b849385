import { Button, Text } from "@mantine/core";
import { IconAlertCircle, IconCheck, IconChecks, IconClock, IconPlayerPause } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useContext, useState } from "react";
import { answer, api, newKey } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { words } from "../../../ui/ErrorState";
import classes from "./Bubble.module.css";
import { HeldBy } from "./HeldBy";
import { progressOf } from "./progress";
import { TimelineChange } from "./TimelineChange";
import type { Delivery, Entry } from "./timeline";

const MARKS = {
  clock: IconClock,
  one: IconCheck,
  two: IconChecks,
  read: IconChecks,
  failed: IconAlertCircle,
  held: IconPlayerPause,
} as const;

/** The progress of a message of ours, and what to do when it failed. */
export function ProgressLine({ entry, delivery }: { entry: Entry; delivery: Delivery }) {
  const texts = useTexts();
  const format = useFormat();
  const progress = progressOf(delivery, texts, format.time);
  const Mark = MARKS[progress.mark];
  const held = progress.mark === "held";
  const quiet = progress.warnings.length === 0 && !progress.why && !progress.advice && !held;
  return (
    <>
      <span
        className={classes.progress}
        data-mark={progress.mark}
        data-state={delivery.state}
        title={progress.words}
      >
        <Mark size={13} aria-hidden />
        <span>{progress.words}</span>
      </span>
      {!quiet && (
        <div className={classes.failure}>
          {progress.advice && <Text size="xs">{progress.advice}</Text>}
          {progress.why && (
            <Text size="xs" c="dimmed">
              {progress.why}
            </Text>
          )}
          {progress.code && (
            <Text size="xs" c="dimmed">
              {texts.conversation.code(progress.code)}
            </Text>
          )}
          {progress.warnings.map((one) => (
            <Text size="xs" key={one}>
              {one}
            </Text>
          ))}
          {held && <HeldBy />}
          {progress.canRetry && <Retry message={entry.id} />}
        </div>
      )}
    </>
  );
}

function Retry({ message }: { message: string }) {
  const texts = useTexts();
  const member = useMember();
  const change = useContext(TimelineChange);
  const [key] = useState(newKey);
  const retry = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/workspaces/{workspace}/messages/{message}/retry", {
          params: {
            path: { workspace: member.workspace, message },
            header: { "Idempotency-Key": key },
          },
        }),
      ),
    onSuccess: () =>
      change((timeline) => ({
        ...timeline,
        entries: timeline.entries.map((one) =>
          one.id === message ? { ...one, delivery: { state: "queued" } } : one,
        ),
      })),
  });
  if (!member.can("messages_write")) return null;
  return (
    <>
      <Button
        size="compact-xs"
        variant="default"
        mt={6}
        loading={retry.isPending}
        onClick={() => retry.mutate()}
      >
        {texts.conversation.retry}
      </Button>
      {retry.isError && (
        <Text size="xs" c="red" role="alert">
          {words(retry.error, texts)}
        </Text>
      )}
    </>
  );
}
