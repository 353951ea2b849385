import { Select, Stack } from "@mantine/core";
import { useTexts } from "../../../../texts";
import { useDraft } from "../draft/DraftProvider";
import type { Values } from "../draft/types";
import { KINDS } from "../kinds";
import { useBuilder } from "../layout";
import { ShortText } from "./ShortText";
import { useErrorAt } from "./useField";

/** A file: what it is, and its address. */
export function MediaFields({ name, values }: { name: string; values: Values }) {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const draft = useDraft();
  const kind = KINDS.media.find((key) => key in values) ?? "image";
  const error = useErrorAt(["steps", name, kind]);
  return (
    <Stack>
      <Select
        label={t.fileKind}
        data={KINDS.media.map((one) => ({ value: one, label: t.media[one] }))}
        value={kind}
        allowDeselect={false}
        disabled={!mayEdit}
        onChange={(next) => next && draft.apply({ op: "rename_key", path: ["steps", name, kind], to: next })}
      />
      <ShortText
        label={t.fileAddress}
        description={t.fileAddressHint}
        value={String(values[kind] ?? "")}
        error={error}
        onCommit={(next) => next && draft.apply({ op: "set", path: ["steps", name, kind], value: next })}
      />
      {(kind === "document" || "filename" in values) && (
        <ShortText
          label={t.keys.filename}
          value={String(values.filename ?? "")}
          onCommit={(next) =>
            draft.apply(
              next
                ? { op: "set", path: ["steps", name, "filename"], value: next }
                : { op: "unset", path: ["steps", name, "filename"] },
            )
          }
        />
      )}
    </Stack>
  );
}
