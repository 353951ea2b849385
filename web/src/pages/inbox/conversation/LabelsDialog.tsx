import { TagsInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { Modal } from "../../../ui/dialogs/Modal";
import { labelsQuery } from "../labels";
import type { Action } from "./useActions";

type Props = {
  opened: boolean;
  row: Schemas["ConversationRow"];
  onClose: () => void;
  onAct: (action: Action) => void;
};

const MOST = 20;

/** Adds and removes labels of a conversation; each change is sent at once. */
export function LabelsDialog({ opened, row, onClose, onAct }: Props) {
  const { conversation: t } = useTexts();
  const { workspace } = useMember();
  const known = useQuery({ ...labelsQuery(workspace), enabled: opened });
  return (
    <Modal opened={opened} onClose={onClose} title={t.labels}>
      <TagsInput
        aria-label={t.labels}
        placeholder={t.addLabel}
        data={known.data?.items ?? []}
        value={row.labels}
        maxTags={MOST}
        onChange={(next) =>
          onAct({
            kind: "labels",
            add: next.filter((one) => !row.labels.includes(one)).map((one) => one.slice(0, 64)),
            remove: row.labels.filter((one) => !next.includes(one)),
          })
        }
      />
    </Modal>
  );
}
