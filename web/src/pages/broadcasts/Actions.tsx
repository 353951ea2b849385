import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { outcomeOf } from "../../ui/commands";
import { ErrorState } from "../../ui/ErrorState";
import { useIntent } from "../../ui/intent";
import type { Broadcast } from "./queries";

type Action = "pause" | "resume" | "cancel" | "retry";

/** Pauses, resumes, cancels a broadcast, or sends again to those whose message failed. */
export function Actions({ broadcast }: { broadcast: Broadcast }) {
  const { broadcasts } = useTexts();
  const { workspace } = useMember();
  const client = useQueryClient();
  const once = useIntent();
  const format = useFormat();
  const [asks, setAsks] = useState(false);
  const act = useMutation({
    mutationFn: async (action: Action) => {
      await once(action, async (key) => {
        const { command } = await answer(
          api.POST(`/api/v1/workspaces/{workspace}/broadcasts/{broadcast}/${action}`, {
            params: { path: { workspace, broadcast: broadcast.id }, header: { "Idempotency-Key": key } },
          }),
        );
        return outcomeOf(workspace, command);
      });
    },
    onSuccess: () => setAsks(false),
    onSettled: () => client.invalidateQueries({ queryKey: [workspace, "broadcasts"] }),
  });
  const { stage } = broadcast;
  const retryable =
    (broadcast.counts.failed ?? 0) - broadcast.not_yet_retryable - (broadcast.failed.in_doubt ?? 0);
  const button = (action: Action, label: string) => (
    <Button
      variant="default"
      loading={act.isPending && act.variables === action}
      onClick={() => act.mutate(action)}
    >
      {label}
    </Button>
  );
  return (
    <>
      {(stage === "running" || stage === "scheduled") && button("pause", broadcasts.pause)}
      {stage === "paused" && button("resume", broadcasts.resume)}
      {(stage === "done" || stage === "paused") &&
        retryable > 0 &&
        button("retry", broadcasts.retry(format.number(retryable)))}
      {["draft", "running", "scheduled", "paused"].includes(stage) && (
        <Button variant="default" color="red" onClick={() => setAsks(true)}>
          {broadcasts.cancel}
        </Button>
      )}
      {asks && (
        <ConfirmDialog
          title={broadcasts.cancelTitle}
          action={broadcasts.cancel}
          danger
          pending={act.isPending}
          error={act.error}
          onConfirm={() => act.mutate("cancel")}
          onClose={() => setAsks(false)}
        >
          {broadcasts.cancelText}
        </ConfirmDialog>
      )}
      {act.isError && !asks && <ErrorState error={act.error} />}
    </>
  );
}
