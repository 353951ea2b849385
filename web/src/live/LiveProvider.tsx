import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { sessionEnd } from "../api/session";
import { applyFrame } from "./apply";
import { LiveConnection } from "./connection";
import type { Frame, LiveState } from "./frames";

type Live = {
  state: LiveState;
  connection: LiveConnection;
  listen: (listener: (frame: Frame) => void) => () => void;
};
const LiveContext = createContext<Live | null>(null);

/** Keeps one live connection of a workspace, applies its frames to the cached queries, and hands them to listeners. */
export function LiveProvider({ workspace, children }: { workspace: string; children: ReactNode }) {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>("connecting");
  const { connection, listen } = useMemo(() => {
    const listeners = new Set<(frame: Frame) => void>();
    const made = new LiveConnection(workspace, {
      onState: setState,
      onResync: () => void client.invalidateQueries({ queryKey: [workspace] }),
      onFrame: (frame) => {
        if (frame.type === "signed-out") sessionEnd.set(true);
        applyFrame(client, workspace, frame);
        for (const listener of listeners) listener(frame);
      },
    });
    const add = (listener: (frame: Frame) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    };
    return { connection: made, listen: add };
  }, [workspace, client]);
  useEffect(() => {
    connection.start();
    return () => connection.stop();
  }, [connection]);
  useEffect(() => {
    if (state !== "polling") return;
    const timer = window.setInterval(() => void client.invalidateQueries({ queryKey: [workspace] }), 30_000);
    return () => window.clearInterval(timer);
  }, [state, client, workspace]);
  const live = useMemo(() => ({ state, connection, listen }), [state, connection, listen]);
  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>;
}

/** Returns the live connection of the workspace that is shown. */
export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error("useLive is for pages of a workspace");
  return live;
}
