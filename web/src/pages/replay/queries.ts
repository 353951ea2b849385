import { queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../../api/client";
import type { ResultsSearch } from "./routes";

export type Replay = Schemas["ReplayShown"];
export type ReplayDetails = Schemas["ReplayDetails"];
export type Result = Schemas["ResultShown"];
export type Said = Schemas["SaidShown"];
export type Changes = Schemas["ReplayChangesBody"];
export type NewReplay = Schemas["NewReplay"];

const RUNNING = ["queued", "running"];

export const isRunning = (replay: Pick<Replay, "state"> | undefined) =>
  replay !== undefined && RUNNING.includes(replay.state);

export const replaysKey = (workspace: string) => [workspace, "replays", "list"];

export const replayQuery = (workspace: string, replay: string) =>
  queryOptions({
    queryKey: [workspace, "replays", replay, "details"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/replays/{replay}", {
          params: { path: { workspace, replay } },
          signal,
        }),
      ),
    refetchInterval: ({ state }) => (isRunning(state.data) ? 2_000 : false),
  });

export const resultsKey = (workspace: string, replay: string, search: ResultsSearch) => [
  workspace,
  "replays",
  replay,
  "results",
  search,
];

/** Reads a page of results. */
export const loadResults = (
  workspace: string,
  replay: string,
  { difference, then, now, voted, message }: ResultsSearch,
  cursor: string | undefined,
  signal: AbortSignal,
) =>
  answer(
    api.GET("/api/v1/workspaces/{workspace}/replays/{replay}/results", {
      params: {
        path: { workspace, replay },
        query: {
          cursor,
          limit: 30,
          then,
          now,
          voted,
          result: message,
          difference: difference ? [difference] : [],
        },
      },
      signal,
    }),
  );

export const contextQuery = (workspace: string, replay: string, result: string) =>
  queryOptions({
    queryKey: [workspace, "replays", replay, "context", result],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/replays/{replay}/results/{result}/context", {
          params: { path: { workspace, replay, result } },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** The draft of a flow; its published text if it has none. */
export const flowTextQuery = (workspace: string, name: string) =>
  queryOptions({
    queryKey: [workspace, "flows", "text", name],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/flows/{name}/draft", {
          params: { path: { workspace, name } },
          signal,
        }),
      ),
    enabled: name !== "",
  });
