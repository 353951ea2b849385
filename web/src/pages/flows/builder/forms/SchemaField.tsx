import { Autocomplete, NumberInput, Select, Switch } from "@mantine/core";
import { useTexts } from "../../../../texts";
import type { Path } from "../draft/types";
import { useBuilder } from "../layout";
import { PairsField } from "./PairsField";
import { ParametersField } from "./ParametersField";
import { ShortText } from "./ShortText";
import { choicesOf, formOf, type Schema } from "./schema";
import { TagField } from "./TagField";
import { TextField } from "./TextField";
import { useActions } from "./useActions";
import { useChange, useErrorAt, useTyped, useValue } from "./useField";
import { useLimits } from "./useLimits";

type Props = { name: string; of: string; schema: Schema; kind: string };

/** Keys with texts that customers read, or that have variables: their field offers them. */
const LONG: Record<string, "body" | "text" | "brief" | "unsent"> = {
  choose: "body",
  ask: "text",
  reprompt: "body",
  caption: "body",
  ai: "brief",
  end: "text",
  hand_off: "unsent",
};

/** The field of a key as its schema describes it. */
export function SchemaField({ name, of, schema, kind }: Props) {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const limits = useLimits();
  const path: Path = ["steps", name, of];
  const value = useValue(path);
  const { set, unset } = useChange(path);
  const error = useErrorAt(path);
  const label = t.keys[of as keyof typeof t.keys] ?? of;
  const description = t.keyHints[of as keyof typeof t.keyHints];
  const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
  const commit = (next: string) => (next === "" && !isMain(of, kind) ? unset() : set(next));
  const form = formOf(schema);
  const long = LONG[of];
  if (of === "call") {
    return (
      <Action
        value={text}
        error={error}
        label={label}
        description={description}
        onCommit={(next) => next && set(next)}
      />
    );
  }
  if (long) {
    return (
      <TextField
        label={label}
        description={description}
        value={text}
        onCommit={(next) => (of === "end" && next === "" ? set(true) : commit(next))}
        most={limits[long]}
        lines={long === "brief" ? 4 : 2}
        emoji={long === "body" || long === "text"}
        error={error}
      />
    );
  }
  if (form === "choice") {
    return (
      <Select
        label={label}
        description={description}
        data={choicesOf(schema)}
        value={text || null}
        clearable={!isMain(of, kind)}
        disabled={!mayEdit}
        error={error}
        onChange={(next) => (next ? set(next) : unset())}
      />
    );
  }
  if (form === "switch") {
    return (
      <Switch
        label={label}
        description={description}
        checked={value === true}
        disabled={!mayEdit}
        error={error}
        onChange={(event) => set(event.currentTarget.checked)}
      />
    );
  }
  if (form === "number") {
    return (
      <NumberField
        label={label}
        value={text}
        error={error}
        onCommit={(next) => (next === null ? unset() : set(next))}
      />
    );
  }
  if (of === "parameters") return <ParametersField label={label} path={path} />;
  if (form === "texts") return <TagField label={label} description={description} path={path} />;
  if (form === "values") {
    return (
      <PairsField
        label={label}
        description={description}
        path={path}
        keyLabel={t.pairName}
        valueLabel={t.pairValue}
        newKey={of === "with" ? "text" : "note"}
      />
    );
  }
  return <ShortText label={label} description={description} value={text} error={error} onCommit={commit} />;
}

/** Says whether a key makes the step what it is, so that it cannot be empty. */
const isMain = (key: string, kind: string) =>
  key === kind || ["choose", "ask", "save", "template", "hand_off", "ai", "sub_flow", "call"].includes(key);

type NumberProps = {
  label: string;
  value: string;
  error?: string;
  description?: string;
  placeholder?: string;
  onCommit: (value: number | null) => void;
};

/** A number, or none. */
export function NumberField({ label, value, error, description, placeholder, onCommit }: NumberProps) {
  const { mayEdit } = useBuilder();
  const typed = useTyped(value, (text) => onCommit(text === "" ? null : Number(text)));
  return (
    <NumberInput
      label={label}
      description={description}
      placeholder={placeholder}
      value={typed.text}
      error={error}
      readOnly={!mayEdit}
      onChange={(next) => typed.change(String(next))}
      onBlur={typed.flush}
    />
  );
}

type ActionProps = {
  value: string;
  label: string;
  description?: string;
  error?: string;
  onCommit: (value: string) => void;
};

function Action({ value, label, description, error, onCommit }: ActionProps) {
  const { mayEdit } = useBuilder();
  const actions = useActions();
  const typed = useTyped(value, onCommit);
  return (
    <Autocomplete
      label={label}
      description={description}
      data={[...actions.keys()]}
      value={typed.text}
      error={error}
      readOnly={!mayEdit}
      onChange={typed.change}
      onBlur={typed.flush}
    />
  );
}
