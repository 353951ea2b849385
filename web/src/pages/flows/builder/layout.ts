import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMember } from "../../../app/me";
import type { BuilderSearch } from "../routes";

export type View = "canvas" | "outline";
export type Tab = "step" | "try" | "tests";

/** Returns the flow that is open, whether the person may edit it, and what is shown beside the canvas. */
export function useBuilder() {
  const { flow } = useParams({ from: "/w/$workspace/flows/$flow" });
  const search = useSearch({ from: "/w/$workspace/flows/$flow" });
  const navigate = useNavigate({ from: "/w/$workspace/flows/$flow" });
  const member = useMember();
  const show = (change: BuilderSearch) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  return {
    flow,
    mayEdit: member.can("flows_write"),
    view: (search.view ?? "canvas") as View,
    tab: (search.tab ?? "step") as Tab,
    code: search.code ?? false,
    step: search.step ?? null,
    showView: (view: View) => show({ view: view === "outline" ? view : undefined }),
    showTab: (tab: Tab) => show({ tab: tab === "step" ? undefined : tab }),
    showCode: (code: boolean) => show({ code: code || undefined }),
  };
}
