import { createContext, type ReactNode, useContext, useEffect, useMemo } from "react";
import { useMember } from "../../../../app/me";
import { type Texts, useTexts } from "../../../../texts";
import { useDraft } from "../draft/DraftProvider";
import type { DraftStore } from "../draft/store";
import type { Edge, Operation } from "../draft/types";
import { valueAt } from "../draft/values";
import type { Kind } from "../kinds";
import { useBuilder } from "../layout";
import { type Selection, useSelection } from "../selection";
import { type LayoutStore, layoutStore, type Position } from "./layoutStore";
import {
  type CopiedSteps,
  connection,
  copiedSteps,
  copiedText,
  insertedApart,
  insertedOn,
  looksLikeSteps,
  nameOf,
  newValues,
  pasted,
  putBetween,
  standsAlone,
  withoutWay,
} from "./newSteps";

/** The actions on steps, from the canvas, the outline and forms alike. */
export class StepActions {
  constructor(
    private readonly draft: DraftStore,
    readonly layout: LayoutStore,
    private readonly selection: Selection,
    private readonly t: Texts["builder"],
  ) {}

  /** Adds a step and selects it. edge: at whose end; without, it stands apart. Returns its name. */
  add(kind: Kind, where: { edge?: Edge; near?: string; position?: Position } = {}): string {
    const { graph } = this.draft.get();
    const name = nameOf(
      graph.steps.map((step) => step.name),
      kind,
    );
    const values = newValues(kind, graph, this.t);
    const ops = where.edge
      ? insertedOn(graph, where.edge, name, kind, values)
      : insertedApart(graph, name, kind, values, where.near);
    if (where.position) this.layout.move(new Map([[name, where.position]]));
    this.draft.apply(...ops);
    this.selection.select(name, null, !where.position);
    return name;
  }

  /** Leads an edge to a step, `end` or `hand_off`; null: to the step below it in the file. */
  connect(edge: Edge, to: string | null) {
    if (to !== edge.target || to === null) this.draft.apply(connection(edge.path, to));
  }

  /** Takes a way away; returns where it leads then, null: nowhere. */
  removeWay(edge: Edge): string | null {
    const { ops, to } = withoutWay(this.draft.get().graph, edge);
    this.draft.apply(...ops);
    return to;
  }

  /** Says whether a step may be dropped on a way. */
  mayGoBetween = (name: string) => standsAlone(this.draft.get().graph, name);

  /** Puts a step into a way; edge: null: before the first step. */
  putBetween(edge: Edge | null, name: string) {
    this.draft.apply(...putBetween(this.draft.get().graph, edge, name));
  }

  rename(from: string, to: string) {
    this.layout.rename(from, to);
    this.draft.apply({ op: "rename_step", name: from, to });
    this.selection.select(to, null, false);
  }

  /** Removes steps, the last one first. relink: where everything leads that led to them. */
  remove(names: readonly string[], relink: string) {
    const order = this.draft.get().graph.steps.map((step) => step.name);
    const last = [...names].sort((one, other) => order.indexOf(other) - order.indexOf(one));
    this.draft.apply(...last.map((name): Operation => ({ op: "delete_step", name, relink })));
    this.selection.select(null, null, false);
  }

  move(name: string, after: string | null) {
    this.draft.apply({ op: "move_step", name, after, keep_implicit: false });
  }

  /** Returns the text of steps for the clipboard. */
  copy(names: readonly string[]): string {
    const { model } = this.draft.get();
    const steps: CopiedSteps = {};
    for (const name of names) steps[name] = valueAt(model, ["steps", name]);
    return copiedText(steps);
  }

  /**
   * Pastes copied steps, or steps of a file. Returns the names of steps that are not in this flow, to which copied ones
   * led: these ways lead to the end now.
   */
  paste(text: string, near?: string, at?: Position): string[] {
    const steps = copiedSteps(text);
    if (!steps) {
      const after = near ?? this.draft.get().graph.steps.at(-1)?.name ?? null;
      if (!looksLikeSteps(text)) return [];
      this.draft.apply({ op: "paste_steps", after, text });
      this.selectNew();
      return [];
    }
    const { ops, names, lost } = pasted(this.draft.get().graph, steps, near);
    if (at)
      this.layout.move(
        new Map(names.map((name, place) => [name, { x: at.x + 32 * place, y: at.y + 170 * place }])),
      );
    this.draft.apply(...ops);
    if (names[0]) this.selection.select(names[0], null, !at);
    return lost;
  }

  /** Selects the first step that the next answers bring: the server names pasted steps. */
  private selectNew() {
    const known = new Set(this.draft.get().graph.steps.map((step) => step.name));
    const stop = this.draft.subscribe(() => {
      const { graph, refusal, pending } = this.draft.get();
      const made = graph.steps.find((step) => !known.has(step.name));
      if (made || refusal || pending === 0) stop();
      if (made) this.selection.select(made.name);
    });
  }

  duplicate(names: readonly string[]) {
    const [first] = names;
    const beside = first ? this.layout.at(first) : undefined;
    this.paste(this.copy(names), first, beside && { x: beside.x + 48, y: beside.y + 48 });
  }
}

const ActionsContext = createContext<StepActions | null>(null);

export function StepsProvider({ children }: { children: ReactNode }) {
  const { builder } = useTexts();
  const { workspace } = useMember();
  const { flow, mayEdit } = useBuilder();
  const draft = useDraft();
  const selection = useSelection();
  const layout = useMemo(() => layoutStore(workspace, flow), [workspace, flow]);
  useEffect(() => {
    void layout.start();
    const stop = () => layout.stop(mayEdit);
    window.addEventListener("pagehide", stop);
    return () => {
      window.removeEventListener("pagehide", stop);
      stop();
    };
  }, [layout, mayEdit]);
  const actions = useMemo(
    () => new StepActions(draft, layout, selection, builder),
    [draft, layout, selection, builder],
  );
  return <ActionsContext.Provider value={actions}>{children}</ActionsContext.Provider>;
}

/** Returns what can be done with steps. */
export function useStepActions(): StepActions {
  const actions = useContext(ActionsContext);
  if (!actions) throw new Error("useStepActions is for parts of the builder");
  return actions;
}
