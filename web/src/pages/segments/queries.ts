import { queryOptions } from "@tanstack/react-query";
import { answer, answerWithTag, api, type Schemas } from "../../api/client";

/** A saved filter of customers, as in the workspace file; all that is given must hold. */
export type Segment = {
  name: string;
  tags?: string[];
  without_tags?: string[];
  qualified?: boolean | null;
  opted_out?: boolean | null;
  lead_source?: string;
  min_orders?: number;
  active_within_days?: number | null;
  idle_for_days?: number | null;
  fields?: Record<string, string>;
};

export const segmentsQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "segments"],
    queryFn: async ({ signal }) => {
      const { data, tag } = await answerWithTag(
        api.GET("/api/v1/workspaces/{workspace}/segments", { params: { path: { workspace } }, signal }),
      );
      return { data: data as { items: Segment[]; managed: Schemas["Managed"] }, tag };
    },
  });

/** Counts the customers that a segment would have, before it is saved. */
export const countQuery = (workspace: string, segment: Omit<Segment, "name">) =>
  queryOptions({
    queryKey: [workspace, "segment-count", segment],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/api/v1/workspaces/{workspace}/segments/count", {
          params: { path: { workspace } },
          body: segment as Record<string, never>,
          signal,
        }),
      ),
    staleTime: 60_000,
  });
