import { queryOptions } from "@tanstack/react-query";
import { answer, answerWithTag, api, type Schemas } from "../../api/client";

export type FlowListed = Schemas["FlowListed"];
export type Starter = Schemas["StarterListed"];

export const flowsKey = (workspace: string) => [workspace, "flows", "list"];

/** All flows that are published or have a draft; with the ETag of the published ones. */
export const flowsQuery = (workspace: string) =>
  queryOptions({
    queryKey: flowsKey(workspace),
    queryFn: ({ signal }) =>
      answerWithTag(
        api.GET("/api/v1/workspaces/{workspace}/flows", { params: { path: { workspace } }, signal }),
      ),
  });

const MOST_COUNTED = 12; // drafts: each is read as a whole

/** The number of problems of each draft, by the name of its flow. They are read one after the other. */
export const draftProblemsQuery = (workspace: string, flows: readonly FlowListed[]) => {
  const drafts = flows.filter((one) => one.draft).slice(0, MOST_COUNTED);
  return queryOptions({
    queryKey: [workspace, "flows", "problems", ...drafts.map((one) => `${one.name} ${one.draft?.revision}`)],
    enabled: drafts.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const found = new Map<string, number>();
      for (const { name } of drafts) {
        const path = { workspace, name };
        const draft = await answer(
          api.GET("/api/v1/workspaces/{workspace}/flows/{name}/draft", { params: { path }, signal }),
        );
        found.set(name, draft.problems.length);
      }
      return found;
    },
  });
};

export const versionsQuery = (workspace: string, name: string) =>
  queryOptions({
    queryKey: [workspace, "flows", "versions", name],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/flows/{name}/versions", {
          params: { path: { workspace, name } },
          signal,
        }),
      ),
  });

export const startersQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "flow-starters"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/flow-starters", { params: { path: { workspace } }, signal }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const starterQuery = (workspace: string, name: string, language: string) =>
  queryOptions({
    queryKey: [workspace, "flow-starters", name, language],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/flow-starters/{name}/{language}", {
          params: { path: { workspace, name, language } },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });
