import { answer, api } from "../../../../api/client";
import type { Draft, Operation } from "./types";

/** The requests of a draft. key: the same for the same intent, however often it is sent. */
export type DraftApi = {
  read(): Promise<Draft>;
  edit(base: string, ops: Operation[], key: string): Promise<Draft>;
  replace(base: string, source: string, key: string): Promise<Draft>;
  undo(base: string, key: string): Promise<Draft>;
  redo(base: string, key: string): Promise<Draft>;
};

/** Returns the requests of one flow's draft. */
export function draftApi(workspace: string, name: string): DraftApi {
  const params = { path: { workspace, name } };
  const headers = (key: string) => ({ "Idempotency-Key": key });
  const at = "/api/v1/workspaces/{workspace}/flows/{name}/draft" as const;
  return {
    read: () => answer(api.GET(at, { params })),
    edit: (base, ops, key) =>
      answer(api.POST(`${at}/ops`, { params, body: { base, ops }, headers: headers(key) })),
    replace: (base, source, key) =>
      answer(api.PUT(at, { params, body: { base, source }, headers: headers(key) })),
    undo: (base, key) => answer(api.POST(`${at}/undo`, { params, body: { base }, headers: headers(key) })),
    redo: (base, key) => answer(api.POST(`${at}/redo`, { params, body: { base }, headers: headers(key) })),
  };
}
