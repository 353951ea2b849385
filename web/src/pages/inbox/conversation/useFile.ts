import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { sessionFetch } from "../../../api/client";
import { problemOf } from "../../../api/problem";

export type LoadedFile = { blob: Blob; type: string };

/** Returns the file of a message, fetched when it is first shown, with an address for it. */
export function useFile(workspace: string, message: string, wanted: boolean) {
  const query = useQuery<LoadedFile>({
    queryKey: ["files", workspace, message], // not below the workspace: a file never changes, so it is not fetched anew
    enabled: wanted,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    retry: false,
    structuralSharing: false,
    queryFn: async ({ signal }) => {
      const path = `/api/v1/workspaces/${encodeURIComponent(workspace)}/messages/${encodeURIComponent(message)}/media`;
      const response = await sessionFetch(new Request(path, { headers: { "X-Parley": "1" }, signal }));
      if (!response.ok) throw await problemOf(response);
      const blob = await response.blob();
      return { blob, type: blob.type.split(";")[0] ?? "" };
    },
  });
  const blob = query.data?.blob;
  const url = useMemo(() => (blob ? URL.createObjectURL(blob) : ""), [blob]);
  useEffect(() => () => (url ? URL.revokeObjectURL(url) : undefined), [url]);
  return { ...query, url };
}
