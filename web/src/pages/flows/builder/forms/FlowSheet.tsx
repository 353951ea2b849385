import { Button, Stack, Switch, Text } from "@mantine/core";
import { IconClock, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useTexts } from "../../../../texts";
import { useDraft, useDraftView } from "../draft/DraftProvider";
import { isValues } from "../draft/types";
import { valueAt } from "../draft/values";
import { useBuilder } from "../layout";
import { DurationField } from "./DurationField";
import classes from "./Forms.module.css";
import { OtherKeys } from "./OtherKeys";
import { PairsField } from "./PairsField";
import { NumberField } from "./SchemaField";
import { otherKeysOfFile } from "./shown";
import { TagField } from "./TagField";
import { TargetSelect } from "./TargetSelect";
import { TextField } from "./TextField";
import { useErrorAt, useValue } from "./useField";

const USUAL = ["keywords", "contains"] as const;
/** Triggers that few flows have; shown when the flow has one or the person asks for them. */
const RARE = ["buttons", "referrals", "regex"] as const;

/** The settings of the flow as a whole: what begins it, its variables, its time limit. */
export function FlowSheet() {
  const { builder: t } = useTexts();
  const { flow, mayEdit } = useBuilder();
  const draft = useDraft();
  const stale = useDraftView((view) => view.stale);
  const description = useValue(["description"]);
  const priority = useValue(["priority"]);
  const interruptible = useValue(["interruptible"]);
  const model = useDraftView((view) => view.model);
  const triggersError = useErrorAt(["triggers"]);
  const [asked, setAsked] = useState(false);
  const rare =
    useDraftView((view) => RARE.some((key) => has(valueAt(view.model, ["triggers", key])))) || asked;
  const put = (key: string, value: string | number | boolean | null) =>
    draft.apply(value === null ? { op: "unset", path: [key] } : { op: "set", path: [key], value });
  return (
    <fieldset className={classes.form} disabled={stale}>
      <div>
        <Text fw={600} component="h2" size="sm">
          {t.flowTitle(flow)}
        </Text>
        <Text size="xs" c="dimmed" mt={4}>
          {t.flowHint}
        </Text>
      </div>
      <TextField
        label={t.description}
        value={typeof description === "string" ? description : ""}
        onCommit={(next) => put("description", next || null)}
      />
      <Stack gap="sm" className={classes.ways}>
        <Text size="sm" fw={600} component="h3">
          {t.triggers}
        </Text>
        {triggersError && (
          <Text size="xs" c="red">
            {triggersError}
          </Text>
        )}
        <Words of={USUAL} />
        <Trigger of="first_message" />
        <Trigger of="command" />
        {rare ? (
          <Words of={RARE} />
        ) : (
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<IconPlus size={14} aria-hidden />}
            style={{ alignSelf: "flex-start" }}
            onClick={() => setAsked(true)}
          >
            {t.moreTriggers}
          </Button>
        )}
      </Stack>
      <Stack gap="sm" className={classes.ways}>
        <PairsField
          label={t.flowVariables}
          description={t.flowVariablesHint}
          path={["variables"]}
          keyLabel={t.pairName}
          valueLabel={t.pairValue}
          newKey="variable"
        />
        <Limit />
        <NumberField
          label={t.priority}
          description={t.priorityHint}
          placeholder="0"
          value={typeof priority === "number" ? String(priority) : ""}
          onCommit={(next) => put("priority", next)}
        />
        <Switch
          label={t.interruptible}
          description={t.interruptibleHint}
          checked={interruptible !== false}
          disabled={!mayEdit}
          onChange={(event) => put("interruptible", event.currentTarget.checked ? null : false)}
        />
      </Stack>
      <OtherKeys keys={otherKeysOfFile(model)} values={model} />
    </fieldset>
  );
}

const has = (value: unknown) => (Array.isArray(value) ? value.length > 0 : Boolean(value));

function Words({ of }: { of: readonly (typeof USUAL | typeof RARE)[number][] }) {
  const { builder: t } = useTexts();
  return of.map((key) => (
    <TagField
      key={key}
      label={t.triggerKeys[key]}
      description={t.triggerHints[key]}
      path={["triggers", key]}
      commas={key === "regex"}
    />
  ));
}

function Trigger({ of }: { of: "first_message" | "command" }) {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const draft = useDraft();
  const value = useValue(["triggers", of]);
  return (
    <Switch
      label={t.triggerKeys[of]}
      description={t.triggerHints[of]}
      checked={value === true}
      disabled={!mayEdit}
      onChange={(event) =>
        draft.apply({ op: "set", path: ["triggers", of], value: event.currentTarget.checked })
      }
    />
  );
}

/** The time limit of the whole flow. */
function Limit() {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const draft = useDraft();
  const value = useValue(["timeout"]);
  const error = useErrorAt(["timeout"]);
  const edge = useDraftView((view) => view.graph.edges.find((one) => one.source === ""));
  if (!isValues(value)) {
    if (!mayEdit) return null;
    return (
      <Button
        variant="subtle"
        size="compact-sm"
        leftSection={<IconClock size={14} aria-hidden />}
        style={{ alignSelf: "flex-start" }}
        onClick={() =>
          draft.apply({ op: "set", path: ["timeout"], value: { after: "2h", then: "end" } as never })
        }
      >
        {t.addLimit}
      </Button>
    );
  }
  return (
    <>
      <DurationField
        label={t.limit}
        value={String(value.after ?? "2h")}
        error={error}
        onCommit={(next) => draft.apply({ op: "set", path: ["timeout", "after"], value: next })}
      />
      {edge && <TargetSelect label={t.thenLeads} edge={edge} />}
      {mayEdit && (
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          leftSection={<IconTrash size={14} aria-hidden />}
          style={{ alignSelf: "flex-start" }}
          onClick={() => draft.apply({ op: "unset", path: ["timeout"] })}
        >
          {t.removeLimit}
        </Button>
      )}
    </>
  );
}
