import { Group, NumberInput, Select } from "@mantine/core";
import { useTexts } from "../../../../texts";
import { useBuilder } from "../layout";
import { useTyped } from "./useField";

type Props = { label: string; value: string; onCommit: (value: string) => void; error?: string };

/** A duration, written as `10m` or `2h`. */
export function DurationField({ label, value, onCommit, error }: Props) {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const [, count = "1", unit = "h"] = /^(\d+) ?([smhd])$/.exec(value) ?? [];
  const typed = useTyped(count, (text) => Number(text) > 0 && onCommit(`${Number(text)}${unit}`));
  return (
    <Group gap="xs" align="flex-end" wrap="nowrap">
      <NumberInput
        label={label}
        value={typed.text}
        min={1}
        max={999_999}
        allowDecimal={false}
        allowNegative={false}
        readOnly={!mayEdit}
        error={error}
        flex={1}
        onChange={(next) => typed.change(String(next))}
        onBlur={typed.flush}
      />
      <Select
        aria-label={t.unit}
        w={130}
        allowDeselect={false}
        disabled={!mayEdit}
        value={unit}
        data={(["s", "m", "h", "d"] as const).map((one) => ({ value: one, label: t.unitNames[one] }))}
        onChange={(next) => next && onCommit(`${Number(typed.text) || 1}${next}`)}
      />
    </Group>
  );
}
