import { Button, Stack } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useTexts } from "../../../../texts";
import { useDraft, useDraftView } from "../draft/DraftProvider";
import type { Values } from "../draft/types";
import { valueAt } from "../draft/values";
import { useBuilder } from "../layout";
import { TextField } from "./TextField";
import { TextRows } from "./TextRows";
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
  return (
    <Stack gap="xs">
      {several && texts.length > 1 ? (
        <TextRows
          path={["steps", name, "text"]}
          texts={texts}
          nameOf={t.messageNumber}
          lines={3}
          emoji
          most={most}
          error={error}
          onRemove={(place) => draft.apply({ op: "unset", path: ["steps", name, "text", place] })}
        />
      ) : (
        <TextField
          label={t.keys.text}
          value={texts[0] ?? ""}
          lines={3}
          emoji
          most={most}
          error={error}
          onCommit={(next) =>
            draft.apply({
              op: "set",
              // A step that is written as its text alone stays so.
              path: ["steps", name, ...(short ? [] : ["text"]), ...(several ? [0] : [])],
              value: next,
            })
          }
        />
      )}
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
