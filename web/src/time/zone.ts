import { queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { answer, api } from "../api/client";
import { useLanguage } from "../app/LanguageProvider";
import { useMember } from "../app/me";
import { type Format, makeFormat } from "./format";

/** The part of the settings that pages need to show times and money. */
export const profileQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "settings", "profile"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/settings/{section}", {
          params: { path: { workspace, section: "profile" } },
          signal,
        }),
      ),
    staleTime: 300_000,
  });

/** Returns the workspace's time zone; until it is known: UTC. */
export function useZone(): string {
  const { workspace } = useMember();
  const { data } = useQuery(profileQuery(workspace));
  return String(data?.values.timezone ?? "UTC");
}

/** Returns the workspace's usual currency. */
export function useCurrency(): string {
  const { workspace } = useMember();
  const { data } = useQuery(profileQuery(workspace));
  return String(data?.values.currency || "USD");
}

/** Returns formats of dates, numbers and money in the person's language and the workspace's zone. */
export function useFormat(): Format {
  const { language } = useLanguage();
  const zone = useZone();
  return useMemo(() => makeFormat(language, zone), [language, zone]);
}
