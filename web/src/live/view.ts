import type { Schemas } from "../api/client";
import type { Row } from "./frames";

/** A list of conversations: the parameters of `GET conversations`. unread: only those that the person has not read. */
export type View = {
  folder: Schemas["Folder"];
  label: string;
  channel: string;
  sort: Schemas["Sort"];
  unread?: boolean;
};

/** Returns whether a conversation is in a list, by the rules of the server (shared/repositories/inbox.py). */
export function belongs(row: Row, view: View, me: string, now: number): boolean {
  if (view.label && !row.labels.includes(view.label)) return false;
  if (view.channel && row.channel !== view.channel) return false;
  const waits = row.waits_since !== null && row.assigned_to === "" && row.mode === "human";
  if (view.sort === "waits" && !waits) return false;
  if (hidesSnoozed(view) && row.snoozed_until && Date.parse(row.snoozed_until) > now) return false;
  switch (view.folder) {
    case "mine":
      return row.mode === "human" && row.assigned_to === me;
    case "unassigned":
      return row.mode === "human" && row.assigned_to === "";
    case "waiting":
      return waits;
    case "people":
      return row.mode === "human";
    case "bot":
      return row.mode === "bot";
    case "closed":
      return row.mode === "closed" && row.assigned_to === "";
    default:
      return true;
  }
}

function hidesSnoozed(view: View): boolean {
  return view.sort === "waits" || view.folder === "unassigned" || view.folder === "waiting";
}

/** Orders rows as the server does: the customer's last message, the latest first; or who waits longest. */
export function comparing(sort: View["sort"]): (a: Row, b: Row) => number {
  if (sort === "waits")
    return (a, b) =>
      time(a.waits_since, Number.MAX_VALUE) - time(b.waits_since, Number.MAX_VALUE) || up(a, b);
  return (a, b) => time(b.last_inbound_at, 0) - time(a.last_inbound_at, 0) || up(b, a);
}

const time = (at: string | null, without: number) => (at ? Date.parse(at) : without);
const up = (a: Row, b: Row) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
