import { ActionIcon, Button, Group, Input, Select, Text } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useTexts } from "../../../../texts";
import { useDraft, useDraftView } from "../draft/DraftProvider";
import { isValues, type Values } from "../draft/types";
import { useBuilder } from "../layout";
import { freeName } from "../steps/newSteps";
import classes from "./Forms.module.css";
import { Grip, lookOfRow, type Rows, useRows } from "./Grip";
import { inOrder } from "./options";
import { ShortText } from "./ShortText";
import { useErrorAt } from "./useField";

const MOST = { buttons: { count: 3, title: 20 }, list: { count: 10, title: 24 } };
type Of = keyof typeof MOST;
type Props = { name: string; of: Of; values: Values };

/** Buttons or rows below a text; the flow does not wait for them, their ids begin flows. */
export function TappableField({ name, values }: { name: string; values: Values }) {
  const isList = "list" in values;
  const both = isList && "buttons" in values;
  return (
    <>
      <Tappable name={name} of={isList && !both ? "list" : "buttons"} values={values} />
      {both && <Tappable name={name} of="list" values={values} />}
      {(isList || "button" in values) && <ListButton name={name} values={values} />}
    </>
  );
}

function Tappable({ name, of, values }: Props) {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const draft = useDraft();
  const error = useErrorAt(["steps", name, of]);
  const written = useDraftView((view) => view.graph.steps.find((step) => step.name === name)?.titles);
  const found = isValues(values[of]) ? values[of] : {};
  const titles = inOrder(Object.keys(found), written ?? []);
  const path = ["steps", name, of];
  const most = MOST[of];
  const rows = useRows(titles.length, (from, to) =>
    draft.apply({ op: "move", path: [...path, titles[from] ?? ""], to }),
  );
  if (!titles.length && !mayEdit) return null;
  return (
    <Input.Wrapper label={t.keys[of]} description={t.tappableHint} error={error} component="div">
      <div className={classes.options} ref={rows.list}>
        {titles.map((title, place) => (
          <Tap
            // biome-ignore lint/suspicious/noArrayIndexKey: a title that is being renamed keeps its row
            key={place}
            path={path}
            title={title}
            value={found[title]}
            of={of}
            rows={rows}
            place={place}
          />
        ))}
      </div>
      {mayEdit && titles.length < most.count && (
        <Button
          variant="subtle"
          size="compact-sm"
          mt={4}
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() =>
            draft.apply({
              op: "set",
              path: [...path, freeName(titles, t.begin.option)],
              value: `${name}_${titles.length + 1}`,
            })
          }
        >
          {of === "list" ? t.addRow : t.addButton}
        </Button>
      )}
      {titles.length > most.count && (
        <Text size="xs" c="red">
          {t.tooMany(most.count)}
        </Text>
      )}
      {titles.length > 0 && <Look name={name} of={of} values={values} />}
    </Input.Wrapper>
  );
}

/** Shows buttons as a list, or the other way round; buttons have no descriptions, so rows with some stay rows. */
function Look({ name, of, values }: Props) {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const draft = useDraft();
  const both = "buttons" in values && "list" in values;
  const described = isValues(values[of]) && Object.values(values[of]).some(isValues);
  return (
    <Select
      mt="md"
      label={t.keys.style}
      description={described ? t.rowsStay : undefined}
      data={(["buttons", "list"] as const).map((one) => ({ value: one, label: t.styles[one] }))}
      value={of}
      allowDeselect={false}
      disabled={!mayEdit || both || described}
      onChange={(next) =>
        next && next !== of && draft.apply({ op: "rename_key", path: ["steps", name, of], to: next })
      }
    />
  );
}

type TapProps = { path: string[]; title: string; value: unknown; of: Of; rows: Rows; place: number };

function Tap({ path, title, value, of, rows, place }: TapProps) {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const draft = useDraft();
  const at = [...path, title];
  const more = isValues(value) ? value : null;
  const description = String(more?.description ?? "");
  return (
    <div className={classes.option} data-look={lookOfRow(rows, place)}>
      <Group gap={6} wrap="nowrap" align="flex-start">
        {mayEdit && rows.count > 1 && <Grip rows={rows} place={place} name={title} />}
        <div style={{ flex: 1, minWidth: 0 }}>
          <ShortText
            label={t.optionTitle}
            hideLabel
            late
            value={title}
            most={MOST[of].title}
            onCommit={(to) => draft.apply({ op: "rename_key", path: at, to })}
          />
        </div>
        <div style={{ flex: "0 0 44%" }}>
          <ShortText
            label={t.optionId}
            hideLabel
            value={more ? String(more.id ?? "") : String(value)}
            onCommit={(next) =>
              next && draft.apply({ op: "set", path: more ? [...at, "id"] : at, value: next })
            }
          />
        </div>
        {mayEdit && (
          <ActionIcon
            variant="subtle"
            color="gray"
            mt={4}
            aria-label={t.remove(title)}
            onClick={() => draft.apply({ op: "unset", path: rows.count === 1 ? path : at })}
          >
            <IconTrash size={15} />
          </ActionIcon>
        )}
      </Group>
      {(of === "list" || description) && (
        <div className={classes.more}>
          <ShortText
            label={t.descriptionOf(title)}
            hideLabel
            placeholder={t.keys.description}
            value={description}
            most={72}
            onCommit={(next) => {
              if (next) draft.apply({ op: "set", path: [...at, "description"], value: next });
              else if (more) draft.apply({ op: "set", path: at, value: String(more.id ?? "") });
            }}
          />
        </div>
      )}
    </div>
  );
}

/** The words on the button that opens a list. */
export function ListButton({ name, values }: { name: string; values: Values }) {
  const { builder: t } = useTexts();
  const draft = useDraft();
  const path = ["steps", name, "button"];
  const error = useErrorAt(path);
  return (
    <div className={classes.below}>
      <ShortText
        label={t.keys.button}
        value={typeof values.button === "string" ? values.button : ""}
        placeholder="Choose"
        most={20}
        error={error}
        onCommit={(next) => draft.apply(next ? { op: "set", path, value: next } : { op: "unset", path })}
      />
    </div>
  );
}
