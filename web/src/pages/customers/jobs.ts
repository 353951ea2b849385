import { queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../../api/client";

export type Job = Schemas["JobAnswer"];

export const isOver = (job: Job) => !["queued", "running"].includes(job.state);

/** Reads a job every second until it is over. */
export const jobQuery = (workspace: string, job: string) =>
  queryOptions({
    queryKey: [workspace, "job", job],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/jobs/{job}", {
          params: { path: { workspace, job } },
          signal,
        }),
      ),
    refetchInterval: ({ state }) => (state.data && isOver(state.data) ? false : 1_000),
  });
