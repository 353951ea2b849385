import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import classes from "./Bubble.module.css";
import type { Entry } from "./timeline";
import { useNames } from "./useNames";

/** A line that says what happened to the conversation. */
export function EventLine({ entry }: { entry: Entry }) {
  const { conversation: t } = useTexts();
  const format = useFormat();
  const nameOf = useNames();
  const who = nameOf(entry.by ?? "");
  const words: Record<string, string> = {
    handed_off: entry.detail ? `${t.handedOff} (${entry.detail})` : t.handedOff,
    taken: t.taken(who),
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
