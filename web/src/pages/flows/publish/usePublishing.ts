import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, newKey, type Schemas } from "../../../api/client";
import { ProblemError } from "../../../api/problem";
import { useMember } from "../../../app/me";
import { useIntent } from "../../../ui/intent";
import { useDraft, useDraftView } from "../builder/draft/DraftProvider";
import { useBuilder } from "../builder/layout";
import { flowsQuery, versionsQuery } from "../queries";

export type Published = Schemas["FlowPublished"];
export type Refused =
  | { why: "problems"; problems: Schemas["FlowProblemFound"][] }
  | { why: "tests"; tests: Schemas["FlowTestResult"][] };

type Options = { dryRun: boolean; note: string; tests: "run" | "skip" };

/** Looks at what publishing the draft would do, and publishes it. The text is the one that is saved now. */
export function usePublishing() {
  const { workspace } = useMember();
  const { flow } = useBuilder();
  const client = useQueryClient();
  const draft = useDraft();
  const digest = useDraftView((view) => view.draft.digest);
  const saved = useDraftView((view) => view.pending === 0 && !view.conflict);
  const once = useIntent();

  const flows = useQuery({ ...flowsQuery(workspace), staleTime: 0, refetchOnMount: "always" });
  const published = flows.data?.data.items.find((one) => one.name === flow)?.version ?? null;
  const byFile = flows.data?.data.managed.managed_by === "file";
  const tag = flows.data?.tag ?? "";

  const send = (options: Options, key: string) =>
    answer(
      api.POST("/api/v1/workspaces/{workspace}/flows/{name}/publish", {
        params: {
          path: { workspace, name: flow },
          query: { dry_run: options.dryRun },
          header: { "Idempotency-Key": key, "If-Match": tag },
        },
        body: { base: digest, note: options.note, tests: options.tests },
      }),
    );

  const publish = useMutation({
    mutationFn: ({ note, tests }: { note: string; tests: Options["tests"] }) =>
      once({ digest, note, tests, tag }, (key) => send({ dryRun: false, note, tests }, key)),
    onSuccess: async () => {
      await Promise.all([
        client.invalidateQueries({ queryKey: flowsQuery(workspace).queryKey }),
        client.invalidateQueries({ queryKey: versionsQuery(workspace, flow).queryKey }),
        draft.refresh(),
      ]);
    },
    onError: () => void flows.refetch(),
  });
  const open = publish.isIdle || publish.isError; // once it is published there is no draft to look at
  const ready = open && saved && Boolean(tag) && !flows.isFetching;
  const look = useQuery({
    queryKey: [workspace, "flows", "publishing", flow, digest, tag],
    enabled: ready && !byFile,
    retry: false,
    gcTime: 0,
    queryFn: async (): Promise<Published | Refused> => {
      try {
        return await send({ dryRun: true, note: "", tests: "run" }, newKey());
      } catch (error) {
        const refused = refusalOf(error);
        if (refused) return refused;
        throw error;
      }
    },
  });
  const difference = useQuery({
    queryKey: [workspace, "flows", "difference", flow, published, digest],
    enabled: ready && published !== null,
    gcTime: 0,
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/flows/{name}/diff", {
          params: { path: { workspace, name: flow }, query: { old: published ?? "", new: "draft" } },
          signal,
        }),
      ),
  });
  return {
    flow,
    published,
    byFile,
    saved,
    flows,
    look,
    difference,
    publish,
    source: () => draft.get().source,
  };
}

/** Returns why a flow cannot be published, if the flow itself is the reason. */
export function refusalOf(error: unknown): Refused | null {
  if (!(error instanceof ProblemError)) return null;
  if (error.problem === "invalid" && Array.isArray(error.more.problems))
    return { why: "problems", problems: error.more.problems as Schemas["FlowProblemFound"][] };
  if (error.problem === "tests-failed")
    return { why: "tests", tests: (error.more.tests ?? []) as Schemas["FlowTestResult"][] };
  return null;
}
