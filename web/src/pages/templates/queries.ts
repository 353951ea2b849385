import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import type { Template } from "./definition";

export const templatesQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "templates"],
    queryFn: async ({ signal }) => {
      const { items } = await answer(
        api.GET("/api/v1/workspaces/{workspace}/templates", { params: { path: { workspace } }, signal }),
      );
      return items as unknown as Template[];
    },
  });
