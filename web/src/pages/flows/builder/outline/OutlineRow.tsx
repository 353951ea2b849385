import { TextInput } from "@mantine/core";
import {
  IconAlertTriangle,
  IconArrowRight,
  IconChevronRight,
  IconExclamationCircle,
} from "@tabler/icons-react";
import { useState } from "react";
import { useTexts } from "../../../../texts";
import { isComposing } from "../../../../ui/composing";
import { useDraftView } from "../draft/DraftProvider";
import { stepValues } from "../draft/values";
import { StepMenu } from "../forms/StepHead";
import { TargetSelect } from "../forms/TargetSelect";
import { lookOf } from "../kindLooks";
import { describe } from "../steps/describe";
import menuClasses from "../steps/KindMenu.module.css";
import { asName, wrongName } from "../steps/newSteps";
import { useStepActions } from "../steps/StepsProvider";
import classes from "./Outline.module.css";
import type { Row } from "./rows";

type Props = {
  row: Row;
  open: boolean;
  current: boolean;
  selected: boolean;
  working: "rename" | "target" | null;
  editable: boolean;
  hasWays: boolean;
  onGo: () => void;
  onToggle: () => void;
  onWork: (work: "rename" | "target") => void;
  onDone: (id?: string) => void;
};

/** A step, or one of its ways. */
export function OutlineRow(props: Props) {
  const { row, current, working } = props;
  const { builder: t } = useTexts();
  return (
    <div
      role="treeitem"
      data-row={row.id}
      aria-level={row.edge ? 2 : 1}
      aria-posinset={row.place + 1}
      aria-setsize={row.count}
      aria-expanded={row.edge || !props.hasWays ? undefined : props.open}
      aria-selected={props.selected}
      tabIndex={current ? 0 : -1}
      className={row.edge ? classes.way : classes.step}
      data-selected={props.selected || undefined}
      onClick={(event) => {
        const within = (event.target as HTMLElement).closest("input, button, [role=treeitem]");
        if (within === event.currentTarget) props.onGo();
      }}
      onKeyDown={() => {}}
    >
      {row.edge ? (
        <>
          <span className={classes.label}>{row.label}</span>
          <IconArrowRight size={14} aria-hidden className={classes.arrow} />
          {working === "target" ? (
            <div className={classes.target}>
              <TargetSelect
                label={t.leadsTo(row.label)}
                hideLabel
                edge={row.edge}
                autoFocus
                onDone={() => props.onDone()}
              />
            </div>
          ) : (
            <button
              type="button"
              tabIndex={-1}
              className={classes.link}
              disabled={!props.editable}
              onClick={() => props.onWork("target")}
            >
              {t.targetName(row.edge.target)}
            </button>
          )}
        </>
      ) : (
        <StepRow {...props} />
      )}
    </div>
  );
}

function StepRow({ row, open, working, hasWays, editable, onToggle, onDone }: Props) {
  const { builder: t } = useTexts();
  const model = useDraftView((view) => view.model);
  const bad = useDraftView((view) => view.problems.some((one) => one.where === row.step.name));
  const { icon: Icon, tone } = lookOf(row.step.kind);
  return (
    <>
      <button
        type="button"
        tabIndex={-1}
        aria-hidden
        className={classes.fold}
        data-open={open || undefined}
        data-none={!hasWays || undefined}
        onClick={onToggle}
      >
        <IconChevronRight size={14} />
      </button>
      <span
        className={menuClasses.icon}
        data-tone={tone}
        title={t.kinds[row.step.kind as keyof typeof t.kinds]}
      >
        <Icon size={15} stroke={1.9} aria-label={t.kinds[row.step.kind as keyof typeof t.kinds]} />
      </span>
      {working === "rename" ? (
        <Rename name={row.step.name} onDone={onDone} />
      ) : (
        <span className={classes.name}>{row.step.name}</span>
      )}
      <span className={classes.words} dir="auto">
        {describe(stepValues(model, row.step.name), t)}
      </span>
      {bad && <IconExclamationCircle size={15} className={classes.bad} aria-label={t.error} />}
      {!row.step.reachable && (
        <IconAlertTriangle size={15} className={classes.warn} aria-label={t.unreachable} />
      )}
      {editable && <StepMenu name={row.step.name} />}
    </>
  );
}

function Rename({ name, onDone }: { name: string; onDone: (id?: string) => void }) {
  const { builder: t } = useTexts();
  const actions = useStepActions();
  const [text, setText] = useState(name);
  const graph = useDraftView((view) => view.graph);
  const to = asName(text);
  const wrong = wrongName(graph, name, to);
  return (
    <TextInput
      size="xs"
      aria-label={t.stepName}
      value={text}
      autoFocus
      error={wrong === "taken" ? t.takenName(to) : wrong !== null}
      onFocus={(event) => event.currentTarget.select()}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={() => onDone()}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (isComposing(event.nativeEvent)) return;
        if (event.key === "Escape") onDone();
        if (event.key !== "Enter" || wrong) return;
        if (to !== name) actions.rename(name, to);
        onDone(to);
      }}
    />
  );
}
