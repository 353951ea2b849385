import { ActionIcon, Button, Group, Input, Stack } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useTexts } from "../../../../texts";
import { useDraft } from "../draft/DraftProvider";
import { isValues, type Path } from "../draft/types";
import { useBuilder } from "../layout";
import { freeName } from "../steps/newSteps";
import { ShortText } from "./ShortText";
import { TextField } from "./TextField";
import { useErrorAt, useValue } from "./useField";

type Props = {
  label: string;
  path: Path;
  keyLabel: string;
  valueLabel: string;
  newKey: string;
  description?: string;
};

/** Names with a value each: variables, fields of a customer, arguments. */
export function PairsField({ label, path, keyLabel, valueLabel, newKey, description }: Props) {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const draft = useDraft();
  const found = useValue(path);
  const error = useErrorAt(path);
  const pairs = isValues(found) ? Object.entries(found) : [];
  const set = (key: string, value: unknown) =>
    draft.apply({ op: "set", path: [...path, key], value: value as never });
  const remove = (key: string) =>
    draft.apply({
      op: "unset",
      path: pairs.length === 1 && path.length > 1 && path[2] !== "set" ? [...path] : [...path, key],
    });
  return (
    <Input.Wrapper label={label} description={description} error={error} component="div">
      <Stack gap={6} mt={4}>
        {pairs.map(([key, value]) => (
          <Group key={key} gap={6} wrap="nowrap" align="flex-start">
            <div style={{ flex: "0 0 38%" }}>
              <ShortText
                label={keyLabel}
                hideLabel
                late
                value={key}
                onCommit={(to) => draft.apply({ op: "rename_key", path: [...path, key], to })}
              />
            </div>
            <div style={{ flex: 1, minWidth: 0 }}>
              <TextField
                label={valueLabel}
                hideLabel
                value={shown(value)}
                onCommit={(text) => set(key, read(text, value))}
              />
            </div>
            {mayEdit && (
              <ActionIcon
                variant="subtle"
                color="gray"
                mt={4}
                aria-label={t.remove(key)}
                onClick={() => remove(key)}
              >
                <IconTrash size={15} />
              </ActionIcon>
            )}
          </Group>
        ))}
        {mayEdit && (
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<IconPlus size={14} aria-hidden />}
            style={{ alignSelf: "flex-start" }}
            onClick={() =>
              set(
                freeName(
                  pairs.map(([key]) => key),
                  newKey,
                ),
                "",
              )
            }
          >
            {t.addTo(label)}
          </Button>
        )}
      </Stack>
    </Input.Wrapper>
  );
}

const shown = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

/** Returns the value of a text: a number, true, false, null or a list if it is written so, and was no text before. */
function read(text: string, before: unknown): unknown {
  const literal =
    /^(-?\d+(\.\d+)?|true|false|null)$/.test(text) && !(typeof before === "string" && before !== "");
  if (!literal && !(typeof before === "object" && before !== null)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
