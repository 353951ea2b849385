import { Group, Select, Stack } from "@mantine/core";
import { useTexts } from "../../../../texts";
import { useDraft } from "../draft/DraftProvider";
import type { Operation, Values } from "../draft/types";
import { useBuilder } from "../layout";
import { NumberField } from "./SchemaField";
import { ShortText } from "./ShortText";
import { choicesOf, keysOf } from "./schema";
import { TagField } from "./TagField";
import { useErrorAt } from "./useField";

/** The rules of an answer. Keys that do not fit another type are removed with the change of the type. */
export function QuestionFields({ name, values }: { name: string; values: Values }) {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const draft = useDraft();
  const at = (key: string) => ["steps", name, key];
  const type = typeof values.type === "string" ? values.type : "text";
  const error = useErrorAt(at("type"));
  const patternError = useErrorAt(at("pattern"));
  const limitError = useErrorAt(at("min"));
  const limited = ["text", "number", "integer", "date"].includes(type);

  function change(next: string) {
    const ops: Operation[] = [{ op: "set", path: at("type"), value: next }];
    for (const key of ["min", "max", "pattern", "choices"])
      if (key in values) ops.push({ op: "unset", path: at(key) });
    if (next === "choice")
      ops.push({ op: "set", path: at("choices"), value: [t.begin.yes, t.begin.no] as never });
    if (next === "regex") ops.push({ op: "set", path: at("pattern"), value: "[A-Z0-9-]+" });
    draft.apply(...ops);
  }

  return (
    <Stack>
      <Select
        label={t.keys.type}
        data={choicesOf(keysOf("ask").type ?? {}).map((one) => ({
          value: one,
          label: t.answerTypes[one as keyof typeof t.answerTypes] ?? one,
        }))}
        value={type}
        allowDeselect={false}
        disabled={!mayEdit}
        error={error}
        onChange={(next) => next && change(next)}
      />
      {type === "choice" && <TagField label={t.keys.choices} path={at("choices")} commas />}
      {type === "regex" && (
        <ShortText
          label={t.keys.pattern}
          value={String(values.pattern ?? "")}
          error={patternError}
          onCommit={(next) => next && draft.apply({ op: "set", path: at("pattern"), value: next })}
        />
      )}
      {limited && (
        <Group grow align="flex-start">
          {(["min", "max"] as const).map((key) => {
            const label = type === "text" ? t.lengthLimits[key] : t.keys[key];
            const put = (value: string | number | null) =>
              draft.apply(
                value === null || value === ""
                  ? { op: "unset", path: at(key) }
                  : { op: "set", path: at(key), value: value as never },
              );
            const value = String(values[key] ?? "");
            return type === "date" ? (
              <ShortText
                key={key}
                label={label}
                value={value}
                placeholder="today+30"
                error={limitError}
                onCommit={put}
              />
            ) : (
              <NumberField key={key} label={label} value={value} error={limitError} onCommit={put} />
            );
          })}
        </Group>
      )}
    </Stack>
  );
}
