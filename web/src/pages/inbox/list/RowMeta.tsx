import { useLanguage } from "../../../app/LanguageProvider";
import { useMember } from "../../../app/me";
import type { Row } from "../../../live/frames";
import { useLive } from "../../../live/LiveProvider";
import { usePresence } from "../../../live/presence";
import { useTexts } from "../../../texts";
import { shortDuration } from "../../../time/short";
import { useMemberName } from "../members";
import classes from "./ListRow.module.css";

const MINUTE = 60_000;
const WINDOW_SHOWN = 2 * 60 * MINUTE;
const MOST_LABELS = 2;

/** The third line of a row: who has the conversation, how long the customer waits, what runs out, and labels. */
export function RowMeta({ row, now }: { row: Row; now: number }) {
  const { inbox } = useTexts();
  const { language } = useLanguage();
  const { me } = useMember();
  const { presence } = useLive();
  const { viewers, typists } = usePresence(presence, row.id, me.id);
  const nameOf = useMemberName();
  const waits = row.waits_since ? now - Date.parse(row.waits_since) : -1;
  const left = row.window_ends_at ? Date.parse(row.window_ends_at) - now : 0;
  const asleep = row.snoozed_until !== null && Date.parse(row.snoozed_until) > now;
  const who = typists[0] ?? viewers[0];
  return (
    <span className={classes.meta}>
      {who ? (
        <span className={classes.who} data-typing={typists.length > 0 || undefined}>
          {typists.length > 0 ? inbox.types(who.name) : inbox.views(who.name)}
        </span>
      ) : (
        <span className={classes.who}>{owner()}</span>
      )}
      {waits >= 0 && !asleep && (
        <span className={classes.chip} data-tone={tone(waits)}>
          {inbox.waits(shortDuration(waits, language))}
        </span>
      )}
      {asleep && <span className={classes.chip}>{inbox.snoozed}</span>}
      {row.mode === "human" && left > 0 && left < WINDOW_SHOWN && (
        <span className={classes.chip} data-tone="soon" title={inbox.windowText}>
          {inbox.windowLeft(shortDuration(left, language))}
        </span>
      )}
      {row.labels.slice(0, MOST_LABELS).map((label) => (
        <bdi key={label} className={classes.label}>
          {label}
        </bdi>
      ))}
      {row.labels.length > MOST_LABELS && (
        <span className={classes.label} title={row.labels.join(", ")}>
          +{row.labels.length - MOST_LABELS}
        </span>
      )}
    </span>
  );

  function owner(): string {
    if (row.mode === "closed") return inbox.isClosed;
    if (row.mode === "bot") return row.flow ? inbox.inFlow(row.flow) : inbox.withBot;
    if (!row.assigned_to) return inbox.nobody;
    return row.assigned_to === me.id ? inbox.you : (nameOf(row.assigned_to) ?? inbox.colleague);
  }
}

/** Returns the tone of a time of waiting: from 5, 15 and 60 minutes on. */
export function tone(waits: number): "new" | "soon" | "late" | "worst" {
  if (waits >= 60 * MINUTE) return "worst";
  if (waits >= 15 * MINUTE) return "late";
  return waits >= 5 * MINUTE ? "soon" : "new";
}
