import type { ComponentType } from "react";
import { NotBuilt } from "../../../ui/NotBuilt";
import { ConflictNotice } from "./ConflictNotice";

/**
 * The parts of the builder that are not the canvas and its forms. They take nothing: all they need they get from
 * `useDraft()` and `useDraftView()` (draft/DraftProvider), `useSelection()` and `useSelected()` (selection), and
 * `useBuilder()` (layout). Each should be loaded by itself (`lazy`), because not everybody opens it.
 */
export type Panes = {
  /** The flow as text, left of the canvas: `draft.setSource(text)`, selection both ways by lines. */
  Code: ComponentType;
  /** The tab "Try it": a simulated conversation; `selection.light(step)` shows on the canvas where it stands. */
  Simulator: ComponentType;
  /** The tab "Tests". */
  Tests: ComponentType;
  /** In the toolbar, after the state of saving: who else is here. */
  Presence: ComponentType;
  /** In the toolbar, at its end: versions, help, publish. */
  Actions: ComponentType;
  /** Shown while somebody else's text came between: `view.conflict`, `draft.takeTheirs()`, `draft.takeText(text)`. */
  Conflict: ComponentType;
};

const Nothing = () => null;

export const panes: Panes = {
  Code: NotBuilt,
  Simulator: NotBuilt,
  Tests: NotBuilt,
  Presence: Nothing,
  Actions: Nothing,
  Conflict: ConflictNotice,
};
