import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "../../api/client";

/** The labels that conversations of the workspace have. */
export const labelsQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "labels"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/workspaces/{workspace}/labels", { params: { path: { workspace } }, signal })),
  });
