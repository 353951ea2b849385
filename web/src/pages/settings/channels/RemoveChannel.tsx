import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { ConfirmDialog } from "../../../ui/ConfirmDialog";
import { useProof } from "../../../ui/Proof";
import type { Channel } from "./queries";

/** Removes a number with its credentials, after a question. */
export function RemoveChannel({ channel }: { channel: Channel }) {
  const { channels: texts } = useTexts();
  const { workspace } = useMember();
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const navigate = useNavigate();
  const withProof = useProof();
  const remove = useMutation({
    mutationFn: () =>
      withProof(() =>
        answer(
          api.DELETE("/api/v1/workspaces/{workspace}/channels/{channel}", {
            params: { path: { workspace, channel: channel.id } },
          }),
        ),
      ),
    onSuccess: async () => {
      await navigate({ to: `/w/${workspace}/settings/channels` as string });
      await client.invalidateQueries({ queryKey: [workspace, "channels"] });
    },
  });
  return (
    <>
      <Button color="red" variant="light" onClick={() => setAsking(true)}>
        {texts.remove}
      </Button>
      {asking && (
        <ConfirmDialog
          title={texts.removeTitle(channel.address)}
          action={texts.remove}
          onConfirm={() => remove.mutate()}
          onClose={() => setAsking(false)}
          pending={remove.isPending}
          error={remove.error}
          danger
        >
          {texts.removeText}
        </ConfirmDialog>
      )}
    </>
  );
}
