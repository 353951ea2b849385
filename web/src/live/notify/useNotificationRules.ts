import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { answer, api } from "../../api/client";
import { type Rules, rulesOf } from "./rules";

const storedQuery = queryOptions({
  queryKey: ["me", "notifications"],
  queryFn: ({ signal }) => answer(api.GET("/api/v1/me/notifications", { signal })),
  staleTime: 300_000,
});

/** Tells the other tabs of a change: the one that notifies may be another one. */
const changes = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("parley-notifications");

/** Returns the person's rules of notifications. */
export function useNotificationRules() {
  const client = useQueryClient();
  useEffect(() => {
    const changed = () => void client.invalidateQueries({ queryKey: storedQuery.queryKey });
    changes?.addEventListener("message", changed);
    return () => changes?.removeEventListener("message", changed);
  }, [client]);
  return useQuery({ ...storedQuery, select: rulesOf });
}

/** Returns a change of some of the rules. */
export function useChangeRules() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (part: Partial<Rules>) => {
      const { quietFrom, quietTo, ...same } = part;
      const body = {
        ...same,
        ...(quietFrom !== undefined ? { quiet_from: quietFrom } : {}),
        ...(quietTo !== undefined ? { quiet_to: quietTo } : {}),
      };
      return answer(api.PATCH("/api/v1/me/notifications", { body }));
    },
    onSuccess: () => changes?.postMessage("changed"),
    onSettled: () => client.invalidateQueries({ queryKey: storedQuery.queryKey }),
  });
}
