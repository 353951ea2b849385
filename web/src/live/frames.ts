import type { Schemas } from "../api/client";

export type Row = Schemas["ConversationRow"] & { partial?: boolean; gone?: boolean };
export type Entry = Schemas["Entry"];
export type Who = { kind: "member" | "bot"; name: string; id?: string };

/** The frames from the server (docs/asyncapi.json). */
export type Frame = { cursor?: string } & (
  | { type: "ready"; resumed: "nothing" | "replayed" | "resync"; replica: string; ping: number; why?: string }
  | { type: "opened"; conversation: string }
  | { type: "ping" }
  | { type: "pong" }
  | { type: "seen"; data: { conversation: string; turn: number } }
  | { type: "message:new"; data: { conversation: string; message: Entry } }
  | {
      type: "message:status";
      data: { conversation: string; message: string; status: string; rank: number } & Record<string, unknown>;
    }
  | { type: "conversation:changed"; data: { rows: Row[] } }
  | { type: "inbox:stale"; data: { count: number } }
  | { type: "command:done"; data: { conversation: string; command: string; by: string } }
  | { type: "command:refused"; data: { conversation: string; command: string; by: string; reason: string } }
  | { type: "order:changed"; data: { conversation: string; order: string } }
  | { type: "customer:changed"; data: { conversation: string; customer: string } }
  | { type: "broadcast:changed"; data: { broadcast: string } }
  | { type: "channel:changed"; data: { channel: string } }
  | { type: "template:changed"; data: { template: string } }
  | { type: "typing:start" | "typing:stop"; data: { conversation: string; who: Who } }
  | { type: "viewing"; data: { conversation: string; who: Who[] } }
  | {
      type: "flow:draft";
      data: {
        flow: string;
        change: "edited" | "discarded" | "published";
        digest: string | null;
        by: { kind: "member" | "key"; id: string; name: string };
        at: string;
      };
    }
  | { type: "flow:viewing"; data: { flow: string; who: Who[] } }
  | { type: "resync"; why: string }
  | { type: "paused" }
  | { type: "resumed" }
  | { type: "signed-out" }
);

/** live: events arrive. connecting: for the first seconds. polling: no socket, checked every 30 s. paused: Kafka is away. */
export type LiveState = "connecting" | "live" | "polling" | "paused";
