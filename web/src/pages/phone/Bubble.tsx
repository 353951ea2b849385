import { IconCheck, IconChecks, IconClock, IconExternalLink, IconFile, IconList } from "@tabler/icons-react";
import { useState } from "react";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import classes from "./Phone.module.css";
import type { Choice, Pending, PhoneItem } from "./usePhone";

type Props = { item: PhoneItem; read: boolean; last: boolean; onChoose: (choice: Choice) => void };

/** A message on the phone; buttons and rows can be tapped, as on a real one. */
export function Bubble({ item, read, last, onChoose }: Props) {
  const { phone } = useTexts();
  const format = useFormat();
  const mine = item.kind === "written";
  return (
    <div className={classes.line} data-mine={mine || undefined}>
      <div className={classes.bubble} data-mine={mine || undefined}>
        {item.header && <strong className={classes.caption}>{item.header}</strong>}
        {item.media && (
          <span className={classes.file}>
            <IconFile size={16} aria-hidden />
            {item.media.split(" ").slice(0, 2).join(" ") || phone.file}
          </span>
        )}
        <Formatted text={item.text} />
        {item.footer && <small className={classes.caption}>{item.footer}</small>}
        <span className={classes.state}>
          {format.time(new Date(item.at * 1000))}
          {mine &&
            (read ? (
              <IconChecks size={15} aria-label={phone.read} data-read />
            ) : (
              <IconCheck size={15} aria-label={phone.sent} />
            ))}
        </span>
      </div>
      <Options item={item} open={last} onChoose={onChoose} />
    </div>
  );
}

function Options({
  item,
  open,
  onChoose,
}: {
  item: PhoneItem;
  open: boolean;
  onChoose: (choice: Choice) => void;
}) {
  const { phone } = useTexts();
  const [unfolded, setUnfolded] = useState(open);
  const options = item.options ?? [];
  if (options.length === 0) return null;
  const isList = options.some((option) => option.row);
  if (isList && !unfolded)
    return (
      <button type="button" className={classes.option} onClick={() => setUnfolded(true)}>
        <IconList size={16} aria-hidden />
        {item.list_button || phone.choose}
      </button>
    );
  return (
    <div className={classes.options} data-list={isList || undefined}>
      {options.map((option) =>
        option.url ? (
          <span key={option.url} className={classes.option}>
            <IconExternalLink size={16} aria-hidden />
            {option.title}
          </span>
        ) : (
          <button
            key={option.id}
            type="button"
            className={classes.option}
            onClick={() => onChoose({ id: option.id, title: option.title, row: option.row ?? false })}
          >
            <span>
              {option.title}
              {option.description && <small>{option.description}</small>}
            </span>
          </button>
        ),
      )}
    </div>
  );
}

/** A message under way, or one that could not be sent. */
export function PendingBubble({ pending, onAgain }: { pending: Pending; onAgain: () => void }) {
  const { phone } = useTexts();
  return (
    <div className={classes.line} data-mine>
      <div className={classes.bubble} data-mine>
        <Formatted text={pending.option?.title ?? pending.text} />
        <span className={classes.state}>
          {pending.failed ? phone.notSent : <IconClock size={14} aria-hidden />}
        </span>
      </div>
      {pending.failed && (
        <button type="button" className={classes.option} onClick={onAgain}>
          {phone.retry}
        </button>
      )}
    </div>
  );
}

/** Text as WhatsApp shows it: *bold*, _italic_ and ~struck~. */
function Formatted({ text }: { text: string }) {
  const parts = text.split(/(\*[^*\n]+\*|_[^_\n]+_|~[^~\n]+~)/g);
  return (
    <span className={classes.text} dir="auto">
      {parts.map((part, at) => {
        const key = `${at} ${part}`;
        const inner = part.slice(1, -1);
        if (/^\*[^*\n]+\*$/.test(part)) return <strong key={key}>{inner}</strong>;
        if (/^_[^_\n]+_$/.test(part)) return <em key={key}>{inner}</em>;
        if (/^~[^~\n]+~$/.test(part)) return <s key={key}>{inner}</s>;
        return part;
      })}
    </span>
  );
}
