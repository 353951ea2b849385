import { ActionIcon, Button, Group, Text } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useTexts } from "../../../../texts";
import { useDraft, useDraftView } from "../draft/DraftProvider";
import { isValues, type Values } from "../draft/types";
import { useBuilder } from "../layout";
import classes from "./Forms.module.css";
import { Grip, lookOfRow, type Rows, useRows } from "./Grip";
import { TargetSelect } from "./TargetSelect";
import { TextField } from "./TextField";
import { useErrorAt } from "./useField";

/** Conditions, and where each leads; the first true one counts. */
export function BranchFields({ name, values }: { name: string; values: Values }) {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const draft = useDraft();
  const rows = useRows(Array.isArray(values.branch) ? values.branch.length : 0, (from, to) =>
    draft.apply({ op: "move", path: ["steps", name, "branch", from], to }),
  );
  const cases = Array.isArray(values.branch) ? values.branch : [];
  return (
    <div>
      <Text size="sm" fw={500}>
        {t.conditions}
      </Text>
      <Text size="xs" c="dimmed">
        {t.conditionsHint}
      </Text>
      <div className={classes.options} ref={rows.list}>
        {cases.map((one, place) => (
          <Case
            // biome-ignore lint/suspicious/noArrayIndexKey: conditions have no other name
            key={place}
            name={name}
            place={place}
            condition={isValues(one) ? String(one.if ?? "") : ""}
            rows={rows}
          />
        ))}
      </div>
      {mayEdit && (
        <Button
          variant="subtle"
          size="compact-sm"
          mt={6}
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() =>
            draft.apply({
              op: "set",
              path: ["steps", name, "branch", cases.length],
              value: { if: "customer.qualified", then: "end" } as never,
            })
          }
        >
          {t.addCondition}
        </Button>
      )}
    </div>
  );
}

type Props = { name: string; place: number; condition: string; rows: Rows };

function Case({ name, place, condition, rows }: Props) {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const draft = useDraft();
  const path = ["steps", name, "branch", place];
  const error = useErrorAt(path);
  const edge = useDraftView((view) =>
    view.graph.edges.find((one) => one.source === name && one.path[2] === "branch" && one.path[3] === place),
  );
  return (
    <div className={classes.option} data-look={lookOfRow(rows, place)}>
      <Group gap={6} wrap="nowrap" align="flex-start">
        {mayEdit && rows.count > 1 && <Grip rows={rows} place={place} name={t.condition(place + 1)} />}
        <div style={{ flex: 1, minWidth: 0 }}>
          <TextField
            label={t.condition(place + 1)}
            hideLabel
            expression
            value={condition}
            error={error}
            onCommit={(next) => draft.apply({ op: "set", path: [...path, "if"], value: next })}
          />
        </div>
        {mayEdit && rows.count > 1 && (
          <ActionIcon
            variant="subtle"
            color="gray"
            mt={4}
            aria-label={t.remove(t.condition(place + 1))}
            onClick={() => draft.apply({ op: "unset", path })}
          >
            <IconTrash size={15} />
          </ActionIcon>
        )}
      </Group>
      {edge && <TargetSelect label={t.leadsTo(condition)} hideLabel edge={edge} />}
    </div>
  );
}
