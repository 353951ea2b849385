import { ActionIcon, Group } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTexts } from "../../../../texts";
import { useDraft } from "../draft/DraftProvider";
import type { Path } from "../draft/types";
import { useBuilder } from "../layout";
import classes from "./Forms.module.css";
import { Grip, lookOfRow, useRows } from "./Grip";
import { TextField } from "./TextField";

type Props = {
  /** Of the list. */
  path: Path;
  texts: readonly string[];
  nameOf: (number: number) => string;
  hideLabels?: boolean;
  lines?: number;
  emoji?: boolean;
  most?: number;
  error?: ReactNode;
  onRemove: (place: number) => void;
};

/** Texts below each other, each edited, moved and removed on its own. */
export function TextRows({ path, texts, nameOf, hideLabels = false, error, onRemove, ...field }: Props) {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const draft = useDraft();
  const rows = useRows(texts.length, (from, to) => draft.apply({ op: "move", path: [...path, from], to }));
  const top = hideLabels ? 4 : 28;
  return (
    <div className={classes.options} ref={rows.list}>
      {texts.map((text, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the texts have no other name
        <div key={place} className={classes.option} data-look={lookOfRow(rows, place)}>
          <Group gap={4} wrap="nowrap" align="flex-start">
            {mayEdit && rows.count > 1 && (
              <div style={{ marginTop: top - 4 }}>
                <Grip rows={rows} place={place} name={nameOf(place + 1)} />
              </div>
            )}
            <div style={{ flex: 1, minWidth: 0 }}>
              <TextField
                {...field}
                label={nameOf(place + 1)}
                hideLabel={hideLabels}
                value={text}
                error={place === 0 ? error : undefined}
                onCommit={(next) => draft.apply({ op: "set", path: [...path, place], value: next })}
              />
            </div>
            {mayEdit && (
              <ActionIcon
                variant="subtle"
                color="gray"
                mt={top}
                aria-label={t.remove(nameOf(place + 1))}
                onClick={() => onRemove(place)}
              >
                <IconTrash size={15} />
              </ActionIcon>
            )}
          </Group>
        </div>
      ))}
    </div>
  );
}
