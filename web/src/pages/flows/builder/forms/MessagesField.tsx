import { ActionIcon, Button, Group, Stack } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useTexts } from "../../../../texts";
import { useDraft, useDraftView } from "../draft/DraftProvider";
import type { Values } from "../draft/types";
import { valueAt } from "../draft/values";
import { useBuilder } from "../layout";
import { TextField } from "./TextField";
import { useErrorAt } from "./useField";
import { useLimits } from "./useLimits";

/** The text of a step, or several that are sent one after the other. */
export function MessagesField({ name, values }: { name: string; values: Values }) {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const draft = useDraft();
  const limits = useLimits();
  const error = useErrorAt(["steps", name, "text"]);
  const short = useDraftView((view) => typeof valueAt(view.model, ["steps", name]) === "string");
  const several = Array.isArray(values.text);
  const texts = (several ? (values.text as unknown[]) : [values.text]).map(String);
  const most = "buttons" in values || "list" in values ? limits.body : limits.text;
  // A step that is written as its text alone stays so.
  const at = (place: number) => ["steps", name, ...(short ? [] : ["text"]), ...(several ? [place] : [])];
  return (
    <Stack gap="xs">
      {texts.map((text, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the texts have no other name
        <Group key={place} gap={4} wrap="nowrap" align="flex-start">
          <div style={{ flex: 1, minWidth: 0 }}>
            <TextField
              label={several ? t.messageNumber(place + 1) : t.keys.text}
              value={text}
              lines={3}
              emoji
              most={most}
              error={place === 0 ? error : undefined}
              onCommit={(next) => draft.apply({ op: "set", path: at(place), value: next })}
            />
          </div>
          {several && mayEdit && texts.length > 1 && (
            <ActionIcon
              variant="subtle"
              color="gray"
              mt={28}
              aria-label={t.remove(t.messageNumber(place + 1))}
              onClick={() => draft.apply({ op: "unset", path: at(place) })}
            >
              <IconTrash size={15} />
            </ActionIcon>
          )}
        </Group>
      ))}
      {mayEdit && texts.length < 10 && (
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<IconPlus size={14} aria-hidden />}
          style={{ alignSelf: "flex-start" }}
          onClick={() =>
            draft.apply({ op: "set", path: ["steps", name, "text"], value: [...texts, t.begin.say] as never })
          }
        >
          {t.addMessage}
        </Button>
      )}
    </Stack>
  );
}
