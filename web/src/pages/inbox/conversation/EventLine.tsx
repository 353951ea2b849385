import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import classes from "./Bubble.module.css";
import type { Entry } from "./timeline";
import { useNames } from "./useNames";

const SERVICES = new Set(["", "ai", "broadcast", "delivery", "ingress", "router"]);

/** A line that says what happened to the conversation. */
export function EventLine({ entry }: { entry: Entry }) {
  const { conversation: t } = useTexts();
  const format = useFormat();
  const nameOf = useNames();
  const by = entry.by ?? "";
  const who = nameOf(by);
  const queued = by === "system" ? t.queuedByItself : SERVICES.has(by) ? t.handedOff : t.queuedBy(who);
  const words: Record<string, string> = {
    handed_off: entry.detail ? `${queued} (${entry.detail})` : queued,
    taken: t.taken(who),
    assigned: t.assigned(who, nameOf(entry.to ?? "")),
    returned: t.returned(who),
    closed: entry.by ? t.closedBy(who) : t.closedByItself,
    reopened: t.reopened,
    flow_ended: t.flowEnded((entry.detail ?? "").split(" ")[0] ?? ""),
  };
  return (
    <div className={classes.event} data-event={entry.event}>
      <span dir="auto">{words[entry.event ?? ""] ?? t.otherEvent(entry.event ?? "")}</span>
      {" · "}
      <time dateTime={entry.at}>{format.time(entry.at)}</time>
    </div>
  );
}
