import type { Schemas } from "../../../../api/client";

export type Draft = Schemas["FlowDraftShown"];
export type Graph = Schemas["FlowGraph"];
export type Step = Schemas["FlowStep"];
export type Edge = Schemas["FlowEdge"];
export type Operation = Schemas["FlowOperations"]["ops"][number];
export type FlowProblem = Schemas["FlowProblemFound"];
export type FlowWarning = Schemas["FlowWarningFound"];
/** The draft as it is now, of a conflict's problem. */
export type TheirText = { digest: string; source: string; by: string; at: string };

/** A place in a flow's file: keys, and in lists places from 0. */
export type Path = readonly (string | number)[];
/** The values of a mapping of the file. */
export type Values = { readonly [key: string]: unknown };

/** An operation or a text that the server did not take. line: of the text, from 1. */
export type Refusal = { why: string; line: number | null; request: string };

/** Another person's text came between. yours: the text as the edit would have made it; null: it cannot be known. */
export type Conflict = { why: string; theirs: TheirText; yours: string | null };

/** saving: an answer is awaited. offline: it is sent again until the console answers. */
export type SaveState = "saved" | "saving" | "offline" | "refused" | "conflict";

/**
 * The state that all parts of the builder show. draft: the server's last answer. source: its text, or the one that was typed since.
 * model, graph: with the edits that are not answered yet; of the last text that could be read. stale: the present text
 * cannot be read, so model and graph are older. pending: edits that the server has not answered.
 */
export type DraftView = {
  draft: Draft;
  source: string;
  model: Values;
  graph: Graph;
  stale: boolean;
  problems: readonly FlowProblem[];
  warnings: readonly FlowWarning[];
  state: SaveState;
  refusal: Refusal | null;
  conflict: Conflict | null;
  pending: number;
  canUndo: boolean;
  canRedo: boolean;
};

export const isValues = (value: unknown): value is Values =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const samePath = (one: Path, other: Path) =>
  one.length === other.length && one.every((part, place) => part === other[place]);
