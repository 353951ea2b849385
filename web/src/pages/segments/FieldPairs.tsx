import { ActionIcon, Button, Fieldset, Group, Stack, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useTexts } from "../../texts";

type Fields = Record<string, string>;

/** Names of custom fields with the values that they must have. */
export function FieldPairs({ fields, onChange }: { fields: Fields; onChange: (fields: Fields) => void }) {
  const { segments } = useTexts();
  const [rows, setRows] = useState<[string, string][]>(() => Object.entries(fields));
  function change(next: [string, string][]) {
    setRows(next);
    onChange(Object.fromEntries(next.map(([name, value]) => [name.trim(), value])));
  }
  return (
    <Fieldset legend={segments.fields} variant="unstyled">
      <Stack gap="xs">
        {rows.map(([name, value], place) => (
          // The rows have no other identity than their place: names are typed into them.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <Group key={place} gap="xs" wrap="nowrap">
            <TextInput
              aria-label={segments.field}
              placeholder={segments.field}
              value={name}
              onChange={(event) => change(rows.with(place, [event.currentTarget.value, value]))}
              flex={1}
            />
            <TextInput
              aria-label={segments.value}
              placeholder={segments.value}
              value={value}
              onChange={(event) => change(rows.with(place, [name, event.currentTarget.value]))}
              flex={1}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={segments.removeField}
              onClick={() => change(rows.toSpliced(place, 1))}
            >
              <IconX size={16} />
            </ActionIcon>
          </Group>
        ))}
        <Button
          variant="subtle"
          size="xs"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => setRows([...rows, ["", ""]])}
          style={{ alignSelf: "flex-start" }}
        >
          {segments.addField}
        </Button>
      </Stack>
    </Fieldset>
  );
}
