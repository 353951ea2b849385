import { queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../../../api/client";

export type Offer = Schemas["SuggestionsOffered"];
export type Suggestion = Schemas["FlowSuggestionShown"];

const EVERY = 1_000;
const AFTER_ERROR = 5_000;

export const isWriting = (one: Pick<Suggestion, "state">) =>
  one.state === "queued" || one.state === "running";

/** Says whether a model can be asked to write flows. Only for those who may edit flows. */
export const offerQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "flow-suggestions", "offer"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/flow-suggestions", {
          params: { path: { workspace } },
          signal,
        }),
      ),
    staleTime: 60_000,
  });

/** A suggestion; it is read again until it is done. */
export const suggestionQuery = (workspace: string, suggestion: string) =>
  queryOptions({
    queryKey: [workspace, "flow-suggestions", suggestion],
    enabled: suggestion !== "",
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/flow-suggestions/{suggestion}", {
          params: { path: { workspace, suggestion } },
          signal,
        }),
      ),
    refetchInterval: ({ state }) => {
      if (state.data && !isWriting(state.data)) return false;
      return state.error ? AFTER_ERROR : EVERY;
    },
  });
