import { ActionIcon, Button, Group, Input, Text } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useTexts } from "../../../../texts";
import { useDraft } from "../draft/DraftProvider";
import { isValues, type Values } from "../draft/types";
import { useBuilder } from "../layout";
import { freeName } from "../steps/newSteps";
import classes from "./Forms.module.css";
import { ShortText } from "./ShortText";
import { useErrorAt } from "./useField";

const MOST = { buttons: { count: 3, title: 20 }, list: { count: 10, title: 24 } };

/** Buttons or rows below a text; the flow does not wait for them, their ids begin flows. */
export function TappableField({ name, values }: { name: string; values: Values }) {
  return (
    <>
      {(["buttons", "list"] as const).map((key) =>
        key in values || (key === "buttons" && !("list" in values)) ? (
          <Tappable key={key} name={name} of={key} values={values} />
        ) : null,
      )}
    </>
  );
}

function Tappable({ name, of, values }: { name: string; of: "buttons" | "list"; values: Values }) {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const draft = useDraft();
  const error = useErrorAt(["steps", name, of]);
  const pairs = isValues(values[of]) ? Object.entries(values[of]) : [];
  const path = ["steps", name, of];
  const most = MOST[of];
  if (!pairs.length && !mayEdit) return null;
  return (
    <Input.Wrapper label={t.keys[of]} description={t.tappableHint} error={error} component="div">
      <div className={classes.options}>
        {pairs.map(([title, value], place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a title that is being renamed keeps its row
          <Group key={place} gap={6} wrap="nowrap" align="flex-start">
            <div style={{ flex: 1, minWidth: 0 }}>
              <ShortText
                label={t.optionTitle}
                hideLabel
                late
                value={title}
                most={most.title}
                onCommit={(to) => draft.apply({ op: "rename_key", path: [...path, title], to })}
              />
            </div>
            <div style={{ flex: "0 0 44%" }}>
              <ShortText
                label={t.optionId}
                hideLabel
                value={isValues(value) ? String(value.id ?? "") : String(value)}
                onCommit={(next) =>
                  next &&
                  draft.apply({
                    op: "set",
                    path: [...path, title, ...(isValues(value) ? ["id"] : [])],
                    value: next,
                  })
                }
              />
            </div>
            {mayEdit && (
              <ActionIcon
                variant="subtle"
                color="gray"
                mt={4}
                aria-label={t.remove(title)}
                onClick={() =>
                  draft.apply({ op: "unset", path: pairs.length === 1 ? path : [...path, title] })
                }
              >
                <IconTrash size={15} />
              </ActionIcon>
            )}
          </Group>
        ))}
      </div>
      {mayEdit && pairs.length < most.count && (
        <Button
          variant="subtle"
          size="compact-sm"
          mt={4}
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => {
            const title = freeName(
              pairs.map(([one]) => one),
              t.begin.option,
            );
            draft.apply({ op: "set", path: [...path, title], value: `${name}_${pairs.length + 1}` });
          }}
        >
          {t.addButton}
        </Button>
      )}
      {pairs.length > most.count && (
        <Text size="xs" c="red">
          {t.tooMany(most.count)}
        </Text>
      )}
    </Input.Wrapper>
  );
}
