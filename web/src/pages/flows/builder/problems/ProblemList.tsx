import { Collapse, UnstyledButton } from "@mantine/core";
import {
  IconAlertTriangle,
  IconChevronDown,
  IconChevronUp,
  IconCircleCheck,
  IconExclamationCircle,
} from "@tabler/icons-react";
import { memo, useState } from "react";
import { useTexts } from "../../../../texts";
import { useStable } from "../../../../ui/useStable";
import { stepOf } from "../canvas/elements";
import { useDraftView } from "../draft/DraftProvider";
import type { Path } from "../draft/types";
import { useBuilder } from "../layout";
import { useSelection } from "../selection";
import classes from "./ProblemList.module.css";
import { warningWords } from "./warnings";

/** All that is wrong, and warnings; each leads to its step and field. */
export function ProblemList() {
  const { builder: t } = useTexts();
  const selection = useSelection();
  const { showTab } = useBuilder();
  const problems = useDraftView((view) => view.problems);
  const warnings = useDraftView((view) => view.warnings);
  const graph = useDraftView((view) => view.graph);
  const [open, setOpen] = useState(false);
  const alone = graph.steps.filter(
    (step) => !step.reachable && !problems.some((one) => one.where === step.name),
  );
  const few = warnings.length + alone.length;
  const show = useStable((step: string, path?: Path) => {
    showTab("step");
    selection.select(step, path ?? []);
    window.setTimeout(() => {
      const form = document.getElementById("step-form");
      (form?.querySelector<HTMLElement>("[aria-invalid=true]") ?? form)?.focus();
    }, 50);
  });
  const nothing = problems.length + few === 0;
  return (
    <section className={classes.list} aria-label={t.problems}>
      <UnstyledButton
        className={classes.head}
        aria-expanded={open}
        aria-controls="flow-problems"
        disabled={nothing}
        onClick={() => setOpen(!open)}
      >
        {nothing ? (
          <span className={classes.good}>
            <IconCircleCheck size={16} aria-hidden /> {t.noProblems}
          </span>
        ) : (
          <>
            {problems.length > 0 && (
              <span className={classes.error}>
                <IconExclamationCircle size={16} aria-hidden /> {t.errors(problems.length)}
              </span>
            )}
            {few > 0 && (
              <span className={classes.warning}>
                <IconAlertTriangle size={16} aria-hidden /> {t.warnings(few)}
              </span>
            )}
            <span className={classes.grow} />
            {open ? <IconChevronDown size={16} aria-hidden /> : <IconChevronUp size={16} aria-hidden />}
          </>
        )}
      </UnstyledButton>
      <Collapse expanded={open && !nothing}>
        <ul id="flow-problems" className={classes.items}>
          {problems.map((one) => {
            const step = stepOf(one.where, graph);
            return (
              <Item
                key={`${one.line} ${one.where} ${one.message}`}
                bad
                line={one.line}
                where={step || one.where}
                words={one.message}
                step={step}
                path={one.path}
                onShow={show}
              />
            );
          })}
          {warnings.map((one) => (
            <Item
              key={`${one.provider} ${one.step} ${one.message}`}
              line={one.line}
              where={one.step}
              words={warningWords(one)}
              step={stepOf(one.step, graph)}
              onShow={show}
            />
          ))}
          {alone.map((step) => (
            <Item
              key={step.name}
              line={step.line}
              where={step.name}
              words={t.unreachable}
              step={step.name}
              onShow={show}
            />
          ))}
        </ul>
      </Collapse>
    </section>
  );
}

type ItemProps = {
  bad?: boolean;
  line: number;
  where: string;
  words: string;
  step: string;
  path?: Path;
  onShow: (step: string, path?: Path) => void;
};

/** A problem. An edit draws only those anew that it changes. */
const Item = memo(function Item({ bad = false, line, where, words, step, path, onShow }: ItemProps) {
  const { builder: t } = useTexts();
  const Icon = bad ? IconExclamationCircle : IconAlertTriangle;
  return (
    <li>
      <UnstyledButton className={classes.item} onClick={() => onShow(step, path)}>
        <Icon
          size={15}
          className={bad ? classes.error : classes.warning}
          aria-label={bad ? t.error : t.warning}
        />
        <strong>{where}</strong>
        <span className={classes.words}>{words}</span>
        <span className={classes.line}>{t.lineShort(line)}</span>
      </UnstyledButton>
    </li>
  );
});
