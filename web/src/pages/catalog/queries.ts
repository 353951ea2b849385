import { queryOptions } from "@tanstack/react-query";
import { answerWithTag, api, type Schemas } from "../../api/client";

export type Product = Schemas["ProductShown"];

export const catalogQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "catalog"],
    queryFn: ({ signal }) =>
      answerWithTag(
        api.GET("/api/v1/workspaces/{workspace}/catalog", { params: { path: { workspace } }, signal }),
      ),
  });
