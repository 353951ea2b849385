import { Select } from "@mantine/core";
import { type ReactNode, useRef, useState } from "react";
import { useTexts } from "../../../../texts";
import { useDraft, useDraftView } from "../draft/DraftProvider";
import type { Edge } from "../draft/types";
import { useBuilder } from "../layout";
import { KindMenu } from "../steps/KindMenu";
import { followingOf } from "../steps/newSteps";
import { useStepActions } from "../steps/StepsProvider";

const NEW = "+new";
const BELOW = "+below";

type Props = {
  label: string;
  hideLabel?: boolean;
  edge: Edge;
  error?: ReactNode;
  /** Also offers to leave the answer to the FAQ and the model. */
  onPass?: () => void;
  autoFocus?: boolean;
  onDone?: () => void;
};

/** The target of an edge: a step, the step below, the end, a person, or a new step. */
export function TargetSelect({ label, hideLabel, edge, error, onPass, autoFocus, onDone }: Props) {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const actions = useStepActions();
  const draft = useDraft();
  const graph = useDraftView((view) => view.graph);
  const [adding, setAdding] = useState<{ x: number; y: number } | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const below = followingOf(graph).get(edge.source);
  const data = [
    {
      group: t.groupWays,
      items: [
        ...(canFollow(edge) && below ? [{ value: BELOW, label: t.targetBelow(t.targetName(below)) }] : []),
        { value: "end", label: t.targetEnd },
        { value: "hand_off", label: t.targetPerson },
        ...(onPass ? [{ value: "pass", label: t.targetPass }] : []),
        { value: NEW, label: t.targetNew },
      ],
    },
    {
      group: t.groupSteps,
      items: graph.steps
        .filter((step) => step.name !== edge.source || !edge.implicit)
        .map((step) => step.name),
    },
  ];
  const known =
    edge.target === "end" ||
    edge.target === "hand_off" ||
    graph.steps.some((one) => one.name === edge.target);
  return (
    <>
      <Select
        ref={field}
        label={hideLabel ? undefined : label}
        aria-label={hideLabel ? label : undefined}
        data={known ? data : [...data, edge.target]}
        value={edge.implicit && canFollow(edge) && edge.target === below ? BELOW : edge.target}
        searchable
        allowDeselect={false}
        disabled={!mayEdit}
        error={error}
        autoFocus={autoFocus}
        defaultDropdownOpened={autoFocus}
        maxDropdownHeight={320}
        comboboxProps={{ width: 280, position: "bottom-end" }}
        onBlur={() => !adding && onDone?.()}
        onChange={(value) => {
          if (value === NEW) {
            const box = field.current?.getBoundingClientRect();
            setAdding({ x: box?.left ?? 0, y: box?.bottom ?? 0 });
            return;
          }
          if (value === "pass") onPass?.();
          else if (value) actions.connect(edge, value === BELOW ? null : value);
          onDone?.();
        }}
      />
      {adding && (
        <KindMenu
          at={adding}
          onClose={() => {
            setAdding(null);
            onDone?.();
          }}
          onPick={(kind) => {
            const current = draft
              .get()
              .graph.edges.find((one) => one.path.join("\n") === edge.path.join("\n"));
            actions.add(kind, { edge: current ?? edge });
          }}
        />
      )}
    </>
  );
}

/** Says whether an edge may lead on by the order of the steps alone. */
function canFollow({ path }: Edge): boolean {
  const key = path[2];
  return key === "next" || key === "options" || key === "then" || (key === "else" && path.length === 3);
}
