import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { LiveState } from "./frames";

const EVERY = 30_000;

/** Fetches what is shown every 30 seconds, give or take a fifth, while no events arrive and somebody looks. */
export function usePolling(state: LiveState, workspace: string) {
  const client = useQueryClient();
  const polls = state === "polling" || state === "paused";
  useEffect(() => {
    if (!polls) return;
    let timer = 0;
    const fetchShown = () => {
      if (document.visibilityState !== "hidden") void client.invalidateQueries({ queryKey: [workspace] });
      timer = window.setTimeout(fetchShown, EVERY * (0.8 + 0.4 * Math.random()));
    };
    const wake = () => {
      if (document.visibilityState === "hidden") return;
      window.clearTimeout(timer);
      fetchShown();
    };
    timer = window.setTimeout(fetchShown, EVERY * (0.2 + 0.4 * Math.random()));
    document.addEventListener("visibilitychange", wake);
    return () => {
      window.clearTimeout(timer);
      document.removeEventListener("visibilitychange", wake);
    };
  }, [polls, client, workspace]);
}
