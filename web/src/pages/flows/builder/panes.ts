import { type ComponentType, lazy } from "react";
import { withTexts } from "../../../texts";

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

// Each part is loaded with its texts when it is first shown.
const code = withTexts(() => import("../code/CodePane"), "flowCode");
const simulator = withTexts(() => import("../simulator/SimulatorPane"), "flowTry", "phone");
const tests = withTexts(() => import("../tests/TestsPane"), "flowTry");
const presence = withTexts(() => import("../collab/PresenceSign"), "flowVersions");
const actions = withTexts(
  () => import("../publish/Actions"),
  "flowPublish",
  "flowTry",
  "flowVersions",
  "flowWords",
);
const conflict = withTexts(() => import("../collab/ConflictDialog"), "flowVersions");

export const panes: Panes = {
  Code: lazy(() => code().then(({ CodePane }) => ({ default: CodePane }))),
  Simulator: lazy(() => simulator().then(({ SimulatorPane }) => ({ default: SimulatorPane }))),
  Tests: lazy(() => tests().then(({ TestsPane }) => ({ default: TestsPane }))),
  Presence: lazy(() => presence().then(({ PresenceSign }) => ({ default: PresenceSign }))),
  Actions: lazy(() => actions().then(({ Actions }) => ({ default: Actions }))),
  Conflict: lazy(() => conflict().then(({ ConflictDialog }) => ({ default: ConflictDialog }))),
};
