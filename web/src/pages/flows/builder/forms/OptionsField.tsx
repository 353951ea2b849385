import { ActionIcon, Button, Group, Input, Select, Text } from "@mantine/core";
import { IconAdjustments, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useTexts } from "../../../../texts";
import { useDraft, useDraftView } from "../draft/DraftProvider";
import { type Edge, isValues, type Values } from "../draft/types";
import { useBuilder } from "../layout";
import { freeName } from "../steps/newSteps";
import classes from "./Forms.module.css";
import { Grip, lookOfRow, type Rows, useRows } from "./Grip";
import { limitsOf, shownAs } from "./options";
import { ShortText } from "./ShortText";
import { ListButton } from "./TappableField";
import { TargetSelect } from "./TargetSelect";
import { useErrorAt } from "./useField";

/** The options of a question: their titles, and where each leads. */
export function OptionsField({ name, values }: { name: string; values: Values }) {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const draft = useDraft();
  const edges = useDraftView((view) => view.graph.edges);
  const error = useErrorAt(["steps", name, "options"]);
  // In the order of the graph: JavaScript puts titles that are numbers first.
  const options = edges.filter((edge) => edge.source === name && edge.path[2] === "options");
  const titles = options.map((edge) => String(edge.path[3]));
  const style = typeof values.style === "string" ? values.style : "auto";
  const descriptions = titles.some((title) => descriptionOf(values, title));
  const look = shownAs(style, titles, descriptions);
  const limits = limitsOf(look);
  const rows = useRows(options.length, (from, to) =>
    draft.apply({ op: "move", path: ["steps", name, "options", titles[from] ?? ""], to }),
  );
  return (
    <>
      <Input.Wrapper label={t.keys.options} error={error} component="div" description={t.shownAs[look]}>
        <div className={classes.options} ref={rows.list}>
          {options.map((edge, place) => (
            <Option
              // biome-ignore lint/suspicious/noArrayIndexKey: a title that is being renamed keeps its row
              key={place}
              edge={edge}
              name={name}
              values={values}
              most={limits.title}
              rows={rows}
              place={place}
              describable={look !== "buttons"}
            />
          ))}
        </div>
        {mayEdit && options.length < limits.count && (
          <Button
            variant="subtle"
            size="compact-sm"
            mt={6}
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() =>
              draft.apply({
                op: "set",
                path: ["steps", name, "options", freeName(titles, t.begin.option)],
                value: null,
              })
            }
          >
            {t.addOption}
          </Button>
        )}
        {titles.length > limits.count && (
          <Text size="xs" c="red" mt={4}>
            {t.tooMany(limits.count)}
          </Text>
        )}
      </Input.Wrapper>
      <Select
        mt="md"
        label={t.keys.style}
        data={(["auto", "buttons", "list", "numbers"] as const).map((one) => ({
          value: one,
          label: t.styles[one],
        }))}
        value={style}
        allowDeselect={false}
        disabled={!mayEdit}
        onChange={(next) =>
          next === "auto"
            ? "style" in values && draft.apply({ op: "unset", path: ["steps", name, "style"] })
            : draft.apply({ op: "set", path: ["steps", name, "style"], value: next })
        }
      />
      {(look === "list" || "button" in values) && <ListButton name={name} values={values} />}
    </>
  );
}

type Props = {
  edge: Edge;
  name: string;
  values: Values;
  most: number;
  rows: Rows;
  place: number;
  describable: boolean;
};

function Option({ edge, name, values, most, rows, place, describable }: Props) {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const draft = useDraft();
  const title = String(edge.path[3]);
  const path = ["steps", name, "options", title];
  const option = isValues(values.options) ? values.options[title] : null;
  const more = isValues(option) ? option : {};
  const [open, setOpen] = useState(false);
  const put = (key: string, value: string) => {
    if (value) draft.apply({ op: "set", path: [...path, key], value });
    else if (key in more) draft.apply({ op: "unset", path: [...path, key] });
  };
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
            most={most}
            onCommit={(to) => draft.apply({ op: "rename_key", path, to })}
          />
        </div>
        <div style={{ flex: "0 0 44%" }}>
          <TargetSelect label={t.leadsTo(title)} hideLabel edge={edge} />
        </div>
        {mayEdit && (
          <>
            <ActionIcon
              variant="subtle"
              color="gray"
              mt={4}
              aria-label={t.moreOf(title)}
              aria-expanded={open}
              onClick={() => setOpen(!open)}
            >
              <IconAdjustments size={15} />
            </ActionIcon>
            {rows.count > 1 && (
              <ActionIcon
                variant="subtle"
                color="gray"
                mt={4}
                aria-label={t.remove(title)}
                onClick={() => draft.apply({ op: "unset", path })}
              >
                <IconTrash size={15} />
              </ActionIcon>
            )}
          </>
        )}
      </Group>
      {(open || descriptionOf(values, title)) && (
        <div className={classes.more}>
          {(describable || descriptionOf(values, title)) && (
            <ShortText
              label={t.keys.description}
              value={String(more.description ?? "")}
              most={72}
              onCommit={(next) => put("description", next)}
            />
          )}
          {open && (
            <ShortText
              label={t.optionId}
              description={t.optionIdHint}
              value={String(more.id ?? "")}
              onCommit={(next) => put("id", next)}
            />
          )}
        </div>
      )}
    </div>
  );
}

function descriptionOf(values: Values, title: string): string {
  const option = isValues(values.options) ? values.options[title] : null;
  return isValues(option) ? String(option.description ?? "") : "";
}
