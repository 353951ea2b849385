import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { IconClock, IconTrash } from "@tabler/icons-react";
import { useTexts } from "../../../../texts";
import { useDraft, useDraftView } from "../draft/DraftProvider";
import { type Edge, isValues, type Values } from "../draft/types";
import { isKind, kindOf } from "../kinds";
import { useBuilder } from "../layout";
import { edgeLabel } from "../steps/describe";
import { DurationField } from "./DurationField";
import classes from "./Forms.module.css";
import { NumberField } from "./SchemaField";
import { keysOf } from "./schema";
import { TargetSelect } from "./TargetSelect";
import { TextField } from "./TextField";
import { useActions } from "./useActions";
import { useErrorAt } from "./useField";
import { useLimits } from "./useLimits";

/** The ways out of a step, but for options and conditions, which have their own places. */
export function Ways({ name, values }: { name: string; values: Values }) {
  const { builder: t } = useTexts();
  const graph = useDraftView((view) => view.graph);
  const kind = kindOf(values);
  const edges = graph.edges.filter(
    (edge) =>
      edge.source === name &&
      edge.written !== null &&
      !["options", "branch", "timeout", "else"].includes(String(edge.path[2])),
  );
  const otherwise = graph.edges.find((edge) => edge.source === name && edge.path[2] === "else");
  const isQuestion = kind === "choose" || kind === "ask";
  const next = !edges.some((edge) => edge.path[2] === "next") && writtenNext(name, values);
  const mayTime = isKind(kind) && "timeout" in keysOf(kind);
  if (!edges.length && !next && !otherwise && !isQuestion && !mayTime) return null;
  return (
    <Stack gap="sm" className={classes.ways}>
      <Text size="sm" fw={600} component="h3">
        {t.ways}
      </Text>
      {edges.map((edge) => (
        <Way key={edge.path.join(" ")} edge={edge} />
      ))}
      {next && <Way edge={next} />}
      {kind === "call" && <Outcomes name={name} values={values} />}
      {kind === "branch" && otherwise && <TargetSelect label={t.portOtherwise} edge={otherwise} />}
      {isQuestion && <Otherwise name={name} values={values} edge={otherwise} />}
      {mayTime && <TimeOut name={name} values={values} />}
    </Stack>
  );
}

/** Returns the way of a written `next` of options and conditions, which the graph shows as a part of theirs. */
function writtenNext(name: string, values: Values): Edge | null {
  if (typeof values.next !== "string" || !("choose" in values || "branch" in values)) return null;
  const path = ["steps", name, "next"];
  return { source: name, target: values.next, label: "", path, written: path, implicit: false, line: 1 };
}

function Way({ edge }: { edge: Edge }) {
  const { builder: t } = useTexts();
  const model = useDraftView((view) => view.model);
  const error = useErrorAt(edge.written ?? edge.path);
  return <TargetSelect label={edgeLabel(edge, model, t) || t.portNext} edge={edge} error={error} />;
}

/** The treatment of answers that do not fit: how often it asks again, with which text, and where it leads then. */
function Otherwise({ name, values, edge }: { name: string; values: Values; edge: Edge | undefined }) {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const draft = useDraft();
  const limits = useLimits();
  const at = (key: string) => ["steps", name, key];
  const graph = useDraftView((view) => view.graph);
  const error = useErrorAt(at("reprompt"));
  const passes = values.else === "pass";
  return (
    <>
      {edge ? (
        <TargetSelect
          label={t.invalid}
          edge={edge}
          onPass={() => draft.apply({ op: "set", path: at("else"), value: "pass" })}
        />
      ) : (
        <Select
          label={t.invalid}
          value="pass"
          allowDeselect={false}
          disabled={!mayEdit}
          data={[
            { value: "pass", label: t.targetPass },
            { value: "hand_off", label: t.targetPerson },
            { value: "end", label: t.targetEnd },
            ...graph.steps.map((step) => ({ value: step.name, label: step.name })),
          ]}
          onChange={(next) =>
            next && next !== "pass" && draft.apply({ op: "set", path: at("else"), value: next })
          }
        />
      )}
      {(!passes || "retries" in values || "reprompt" in values) && (
        <>
          <NumberField
            label={t.keys.retries}
            value={String(values.retries ?? "")}
            placeholder="2"
            onCommit={(next) =>
              draft.apply(
                next === null
                  ? { op: "unset", path: at("retries") }
                  : { op: "set", path: at("retries"), value: next },
              )
            }
          />
          <TextField
            label={t.keys.reprompt}
            value={String(values.reprompt ?? "")}
            most={limits.body}
            error={error}
            onCommit={(next) =>
              draft.apply(
                next
                  ? { op: "set", path: at("reprompt"), value: next }
                  : { op: "unset", path: at("reprompt") },
              )
            }
          />
        </>
      )}
    </>
  );
}

function TimeOut({ name, values }: { name: string; values: Values }) {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const draft = useDraft();
  const path = ["steps", name, "timeout"];
  const error = useErrorAt(path);
  const edge = useDraftView((view) =>
    view.graph.edges.find((one) => one.source === name && one.path[2] === "timeout"),
  );
  if (!isValues(values.timeout)) {
    if (!mayEdit) return null;
    return (
      <Button
        variant="subtle"
        size="compact-sm"
        leftSection={<IconClock size={14} aria-hidden />}
        style={{ alignSelf: "flex-start" }}
        onClick={() => draft.apply({ op: "set", path, value: { after: "1h", then: "end" } as never })}
      >
        {t.addTimeout}
      </Button>
    );
  }
  return (
    <Stack gap="xs">
      <DurationField
        label={t.noAnswerFor}
        value={String(values.timeout.after ?? "1h")}
        error={error}
        onCommit={(next) => draft.apply({ op: "set", path: [...path, "after"], value: next })}
      />
      {edge && <TargetSelect label={t.thenLeads} edge={edge} />}
      {mayEdit && (
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          leftSection={<IconTrash size={14} aria-hidden />}
          style={{ alignSelf: "flex-start" }}
          onClick={() => draft.apply({ op: "unset", path })}
        >
          {t.removeTimeout}
        </Button>
      )}
    </Stack>
  );
}

function Outcomes({ name, values }: { name: string; values: Values }) {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const draft = useDraft();
  const known = useActions().get(String(values.call)) ?? [];
  const there = isValues(values.outcomes) ? Object.keys(values.outcomes) : [];
  const free = known.filter((one) => !there.includes(one));
  if (!mayEdit || !free.length) return null;
  return (
    <Group gap={6}>
      {free.map((one) => (
        <Button
          key={one}
          variant="default"
          size="compact-xs"
          onClick={() => draft.apply({ op: "set", path: ["steps", name, "outcomes", one], value: "end" })}
        >
          {t.addOutcome(one)}
        </Button>
      ))}
    </Group>
  );
}
