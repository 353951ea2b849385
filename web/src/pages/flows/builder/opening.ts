import { readAhead, readOnce } from "../../../api/ahead";
import { answer, api } from "../../../api/client";
import type { Draft } from "./draft/types";

/** The places of a flow's steps, by name, as they are stored. collapsed: names of folded groups. */
export type StoredLayout = { positions: Record<string, [number, number]>; collapsed: string[] };

const DRAFT = "/api/v1/workspaces/{workspace}/flows/{name}/draft" as const;
const LAYOUT = "/api/v1/workspaces/{workspace}/flows/{name}/layout" as const;

/** Begins to read a flow that is about to be opened, while the code of its page is loaded. */
export function readFlowAhead(workspace: string, name: string) {
  readAhead(`draft ${workspace} ${name}`, () => getDraft(workspace, name));
  readAhead(`layout ${workspace} ${name}`, () => getLayout(workspace, name));
}

/** Begins it by the path of the page: `/w/acme/flows/welcome`. */
export function readFlowAheadOf(path: string) {
  const [, workspace, name] = /^\/w\/([a-z0-9-]+)\/flows\/([a-z0-9_-]+)\/?$/.exec(path) ?? [];
  if (workspace && name) readFlowAhead(workspace, name);
}

/** Reads the draft of a flow; throws ProblemError. */
export const readDraft = (workspace: string, name: string): Promise<Draft> =>
  readOnce(`draft ${workspace} ${name}`, () => getDraft(workspace, name));

/** Reads the places of a flow's steps; throws ProblemError. */
export const readLayout = (workspace: string, name: string): Promise<StoredLayout> =>
  readOnce(`layout ${workspace} ${name}`, () => getLayout(workspace, name));

const getDraft = (workspace: string, name: string) =>
  answer(api.GET(DRAFT, { params: { path: { workspace, name } } }));

const getLayout = (workspace: string, name: string) =>
  answer(api.GET(LAYOUT, { params: { path: { workspace, name } } })) as Promise<StoredLayout>;
