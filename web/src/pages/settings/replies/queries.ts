import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "../../../api/client";
import type { Canned } from "../../inbox/composer/canned";

export const repliesQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "canned"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/workspaces/{workspace}/canned", { params: { path: { workspace } }, signal })),
  });

/** Returns the text of a reply; null: it has buttons, a file or a template, which the form cannot edit. */
export function textOf(reply: Canned): string | null {
  const { type, body } = reply.body as { type?: string; body?: string };
  return type === "text" ? (body ?? "") : null;
}
