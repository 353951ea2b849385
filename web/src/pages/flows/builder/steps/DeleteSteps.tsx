import { Select } from "@mantine/core";
import { useState } from "react";
import { useTexts } from "../../../../texts";
import { ConfirmDialog } from "../../../../ui/ConfirmDialog";
import { useDraftView } from "../draft/DraftProvider";
import type { Edge } from "../draft/types";
import { edgeLabel } from "./describe";
import { followingOf } from "./newSteps";
import { useStepActions } from "./StepsProvider";

/** Asks before steps are removed, and where everything leads that led to them. */
export function DeleteSteps({ names, onClose }: { names: readonly string[]; onClose: () => void }) {
  const { builder: t } = useTexts();
  const actions = useStepActions();
  const graph = useDraftView((view) => view.graph);
  const model = useDraftView((view) => view.model);
  const following = followingOf(graph);
  const named = graph.edges.filter(
    (edge) =>
      names.includes(edge.target) &&
      !names.includes(edge.source) &&
      (!edge.implicit || following.get(edge.source) !== edge.target),
  );
  const wayName = (edge: Edge) => {
    const label = edgeLabel(edge, model, t);
    return `${edge.source || t.start}${label ? ` (${label})` : ""}`;
  };
  const rest = graph.steps.map((step) => step.name).filter((name) => !names.includes(name));
  const [relink, setRelink] = useState(() => whereNext(names, graph));
  const targets = [
    ...rest.map((name) => ({ value: name, label: name })),
    { value: "end", label: t.targetEnd },
    { value: "hand_off", label: t.targetPerson },
  ];
  return (
    <ConfirmDialog
      title={t.deleteTitle(names.length)}
      action={t.delete}
      danger
      onClose={onClose}
      onConfirm={() => {
        actions.remove(names, relink);
        onClose();
      }}
    >
      {t.deleteText(names.join(", "))}
      {named.length > 0 && (
        <Select
          description={named.map((edge) => wayName(edge)).join(", ")}
          inputWrapperOrder={["label", "description", "input", "error"]}
          mt="sm"
          label={t.relink(named.length)}
          data={targets}
          value={relink}
          allowDeselect={false}
          searchable
          onChange={(value) => value && setRelink(value)}
        />
      )}
    </ConfirmDialog>
  );
}

/** Returns where the first of the steps leads when it is gone: on to the next step that stays. */
function whereNext(names: readonly string[], graph: Parameters<typeof followingOf>[0]): string {
  const following = followingOf(graph);
  let next = names[0] ?? "end";
  for (let tried = 0; names.includes(next) && tried < 400; tried++) next = following.get(next) ?? "end";
  return next;
}
