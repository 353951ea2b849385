import { SegmentedControl, Stack, Text } from "@mantine/core";
import { useTexts } from "../../../../texts";
import { useDraft } from "../draft/DraftProvider";
import type { Values } from "../draft/types";
import { useBuilder } from "../layout";
import { PairsField } from "./PairsField";
import { TagField } from "./TagField";
import { TextField } from "./TextField";
import { useErrorAt } from "./useField";

/** The changes of the customer's data by a step. */
export function CustomerFields({ name, values }: { name: string; values: Values }) {
  const { builder: t } = useTexts();
  const draft = useDraft();
  const at = (key: string) => ["steps", name, key];
  const error = useErrorAt(at("name"));
  return (
    <Stack>
      <TagField label={t.customerKeys.add_tags} path={at("add_tags")} />
      <TagField label={t.customerKeys.remove_tags} path={at("remove_tags")} />
      <PairsField
        label={t.customerKeys.fields}
        path={at("fields")}
        keyLabel={t.pairName}
        valueLabel={t.pairValue}
        newKey="note"
      />
      <TextField
        label={t.customerKeys.name}
        value={String(values.name ?? "")}
        error={error}
        onCommit={(next) =>
          draft.apply(next ? { op: "set", path: at("name"), value: next } : { op: "unset", path: at("name") })
        }
      />
      <YesNo name={name} of="qualified" value={values.qualified} />
      <YesNo name={name} of="opted_out" value={values.opted_out} />
    </Stack>
  );
}

function YesNo({ name, of, value }: { name: string; of: "qualified" | "opted_out"; value: unknown }) {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const draft = useDraft();
  const path = ["steps", name, of];
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>
        {t.customerKeys[of]}
      </Text>
      <SegmentedControl
        size="xs"
        aria-label={t.customerKeys[of]}
        disabled={!mayEdit}
        value={typeof value === "boolean" ? String(value) : "none"}
        data={[
          { value: "none", label: t.unchanged },
          { value: "true", label: t.begin.yes },
          { value: "false", label: t.begin.no },
        ]}
        onChange={(next) =>
          draft.apply(next === "none" ? { op: "unset", path } : { op: "set", path, value: next === "true" })
        }
      />
    </div>
  );
}
