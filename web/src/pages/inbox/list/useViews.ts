import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../../../api/client";
import { useMember } from "../../../app/me";

/** Returns the saved views of the person, and those that colleagues share. */
export function useViews(enabled = true) {
  const { workspace } = useMember();
  return useQuery({
    queryKey: [workspace, "views"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/workspaces/{workspace}/views", { params: { path: { workspace } }, signal })),
    enabled,
    staleTime: 300_000,
  });
}
