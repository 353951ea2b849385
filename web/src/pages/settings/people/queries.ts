import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "../../../api/client";

export const membersQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "members"],
    queryFn: async ({ signal }) =>
      (
        await answer(
          api.GET("/api/v1/workspaces/{workspace}/members", { params: { path: { workspace } }, signal }),
        )
      ).items,
  });
