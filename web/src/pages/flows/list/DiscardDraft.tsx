import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { ConfirmDialog } from "../../../ui/ConfirmDialog";
import { type FlowListed, flowsKey } from "../queries";

/** Asks before a draft is thrown away. */
export function DiscardDraft({ flow, onClose }: { flow: FlowListed; onClose: () => void }) {
  const { flows } = useTexts();
  const { workspace } = useMember();
  const client = useQueryClient();
  const discard = useMutation({
    mutationFn: () =>
      answer(
        api.DELETE("/api/v1/workspaces/{workspace}/flows/{name}/draft", {
          params: { path: { workspace, name: flow.name } },
        }),
      ),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: flowsKey(workspace) });
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={flows.discard}
      action={flows.discard}
      danger
      pending={discard.isPending}
      error={discard.error}
      onConfirm={() => discard.mutate()}
      onClose={onClose}
    >
      {flow.version ? flows.discardText : flows.discardOnly}
    </ConfirmDialog>
  );
}
