import { Alert, Text } from "@mantine/core";
import { useTexts } from "../../../../texts";
import { useDraftView } from "../draft/DraftProvider";
import { longStep, valueAt } from "../draft/values";
import { isKind, kindOf } from "../kinds";
import { providerOf } from "../problems/warnings";
import { useSelected } from "../selection";
import { FlowSheet } from "./FlowSheet";
import classes from "./Forms.module.css";
import { OtherKeys } from "./OtherKeys";
import { StepFields } from "./StepFields";
import { StepHead } from "./StepHead";
import { otherKeys } from "./shown";
import { useProblemsAt } from "./useField";
import { Ways } from "./Ways";

/** The form of the selected step, or of the flow itself. */
export function StepPane() {
  const name = useSelected((one) => one.step);
  const there = useDraftView((view) => name !== null && valueAt(view.model, ["steps", name]) !== undefined);
  return (
    <div className={classes.pane} id="step-form" tabIndex={-1}>
      {name && there ? <StepForm key={name} name={name} /> : <FlowSheet />}
    </div>
  );
}

function StepForm({ name }: { name: string }) {
  const { builder: t } = useTexts();
  const step = useDraftView((view) => valueAt(view.model, ["steps", name]));
  const stale = useDraftView((view) => view.stale);
  const values = longStep(step);
  const kind = kindOf(values);
  const others = isKind(kind) ? otherKeys(values, kind) : Object.keys(values);
  return (
    <fieldset className={classes.form} disabled={stale}>
      <StepHead name={name} kind={kind} />
      <StepNotes name={name} />
      {isKind(kind) ? (
        <StepFields name={name} kind={kind} values={values} />
      ) : (
        <Text size="sm">{t.unknownStep}</Text>
      )}
      <Ways name={name} values={values} />
      <OtherKeys keys={others} values={values} />
    </fieldset>
  );
}

/** Problems that belong to the step and to no field of it, and warnings about it. */
function StepNotes({ name }: { name: string }) {
  const problems = useProblemsAt(["steps", name], true);
  const all = useDraftView((view) => view.warnings);
  const warnings = all.filter((one) => one.step === name);
  return (
    <>
      {problems.map((one) => (
        <Alert key={one.message} color="red" p="xs">
          {one.message}
        </Alert>
      ))}
      {warnings.map((one) => (
        <Alert key={`${one.provider} ${one.message}`} color="orange" p="xs" title={providerOf(one)}>
          {one.message}
        </Alert>
      ))}
    </>
  );
}
