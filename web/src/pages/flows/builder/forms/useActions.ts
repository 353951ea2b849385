import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../../../../api/client";
import { useMember } from "../../../../app/me";

/** Returns the actions that steps can call, with their outcomes besides the usual one. */
export function useActions(): ReadonlyMap<string, readonly string[]> {
  const { workspace } = useMember();
  const found = useQuery({
    queryKey: [workspace, "flow-actions"],
    queryFn: () =>
      answer(api.GET("/api/v1/workspaces/{workspace}/flow-actions", { params: { path: { workspace } } })),
    staleTime: Number.POSITIVE_INFINITY,
    select: ({ items }) => new Map(items.map((one) => [one.name, one.outcomes])),
  }).data;
  return found ?? NONE;
}

const NONE: ReadonlyMap<string, readonly string[]> = new Map();
