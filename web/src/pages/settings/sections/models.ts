import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "../../../api/client";

/** The models that may answer, with their prices. They change with a new version of Parley only. */
export const modelsQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "models"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/settings-help/models", {
          params: { path: { workspace } },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });
