import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { answer, api, newKey } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { TimeText } from "../../../time/TimeText";
import { CopyField } from "../../../ui/CopyField";
import { Modal } from "../../../ui/dialogs/Modal";
import { useProof } from "../../../ui/Proof";
import { RequestError } from "../../../ui/RequestError";
import { inventSecret } from "../channels/providers";

const HOURS = ["0", "1", "24", "168"] as const;

/** Gives a webhook a new secret; for a while both sign, so that no call is refused. */
export function RotateDialog({ webhook, onClose }: { webhook: string; onClose: () => void }) {
  const { webhooks: texts, common } = useTexts();
  const { workspace } = useMember();
  const client = useQueryClient();
  const withProof = useProof();
  const [secret] = useState(inventSecret);
  const [hours, setHours] = useState<string>("24");
  const key = useRef(newKey());
  const rotate = useMutation({
    mutationFn: () =>
      withProof(() =>
        answer(
          api.POST("/api/v1/workspaces/{workspace}/webhooks/{webhook}/rotate", {
            params: { path: { workspace, webhook }, header: { "Idempotency-Key": key.current } },
            body: { secret, overlap_hours: Number(hours) },
          }),
        ),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: [workspace, "webhooks"] }),
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={texts.rotate}
      size="lg"
      closeOnClickOutside={!rotate.data}
      closeOnEscape={!rotate.data}
    >
      <Stack>
        {rotate.data ? (
          <>
            <Text size="sm">{texts.secretOnce}</Text>
            <CopyField label={texts.secret} value={secret} />
            {rotate.data.previous_until && (
              <Text size="sm">
                {texts.twoUntil} <TimeText at={rotate.data.previous_until} />
              </Text>
            )}
            <Group justify="flex-end">
              <Button onClick={onClose}>{texts.kept}</Button>
            </Group>
          </>
        ) : (
          <>
            <Text size="sm">{texts.rotateText}</Text>
            <Select
              label={texts.overlap}
              data={HOURS.map((value) => ({ value, label: texts.hours(Number(value)) }))}
              value={hours}
              onChange={(next) => setHours(next ?? "24")}
              allowDeselect={false}
              maw={260}
            />
            <RequestError error={rotate.error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {common.cancel}
              </Button>
              <Button onClick={() => rotate.mutate()} loading={rotate.isPending}>
                {texts.rotateGo}
              </Button>
            </Group>
          </>
        )}
      </Stack>
    </Modal>
  );
}
