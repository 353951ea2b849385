import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { answer, api } from "../api/client";
import { sessionEnd } from "../api/session";
import { applyFrame } from "./apply";
import { firstCursor } from "./firstCursor";
import type { Frame, LiveState } from "./frames";
import { Presence } from "./presence";
import { Refresh } from "./refresh";
import { FreshRows } from "./rows";
import { SharedConnection } from "./tabs";
import { usePolling } from "./usePolling";

type Parts = {
  connection: SharedConnection;
  listen: (listener: (frame: Frame) => void) => () => void;
  rows: FreshRows;
  refresh: Refresh;
  presence: Presence;
};
/** leads: this tab is the one of the browser that has the connection and notifies. */
type Live = Parts & { state: LiveState; leads: boolean };
const LiveContext = createContext<Live | null>(null);

/** Keeps the live connection of a workspace, applies its frames to what is shown, and hands them to listeners. */
export function LiveProvider({ workspace, children }: { workspace: string; children: ReactNode }) {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>("connecting");
  const [leads, setLeads] = useState(false);
  const parts = useMemo<Parts>(() => {
    const listeners = new Set<(frame: Frame) => void>();
    const rows = new FreshRows();
    const refresh = new Refresh(client, workspace, rows);
    const presence = new Presence();
    const connection = new SharedConnection(workspace, {
      onState: (next) => {
        if (next === "polling") presence.clear();
        setState(next);
      },
      onLeads: setLeads,
      firstCursor: () => firstCursor(workspace),
      onResync: async () => {
        await client.invalidateQueries({ queryKey: ["me"] }); // a changed role closes pages before they ask again
        await client.invalidateQueries({ queryKey: [workspace] });
      },
      onRefused: async () => {
        await answer(api.GET("/api/v1/me")).catch(() => {}); // renews the session when it has run out
      },
      onEnded: (why) => {
        if (why === "signed-out") sessionEnd.set(true);
        else void client.invalidateQueries({ queryKey: ["me"] });
      },
      onFrame: (frame) => {
        presence.apply(frame);
        applyFrame({ client, workspace, rows, refresh }, frame);
        for (const listener of listeners) listener(frame);
      },
    });
    const listen = (listener: (frame: Frame) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    };
    return { connection, listen, rows, refresh, presence };
  }, [workspace, client]);
  useEffect(() => {
    const { connection, refresh } = parts;
    connection.start();
    const signedIn = sessionEnd.subscribe(() => !sessionEnd.get() && connection.again());
    const wake = () => document.visibilityState !== "hidden" && refresh.wake();
    document.addEventListener("visibilitychange", wake);
    return () => {
      signedIn();
      document.removeEventListener("visibilitychange", wake);
      connection.stop();
      refresh.stop();
    };
  }, [parts]);
  usePolling(state, workspace);
  const live = useMemo(() => ({ ...parts, state, leads }), [parts, state, leads]);
  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>;
}

/** Returns the live connection of the workspace that is shown. */
export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error("useLive is for pages of a workspace");
  return live;
}
