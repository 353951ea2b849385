import type { ReactNode } from "react";
import classes from "./PhoneMessage.module.css";

type Props = {
  text: string;
  /** Above the text: a header's text, or the kind of its file. */
  header?: string;
  file?: string;
  footer?: string;
  buttons?: readonly string[];
  children?: ReactNode;
  /** Without the wall behind it: in a conversation that has one. */
  bare?: boolean;
};

/** A message as it looks on a customer's phone. Shows texts only; `*bold*` and `_italic_` as WhatsApp does. */
export function PhoneMessage({ text, header, file, footer, buttons = [], children, bare }: Props) {
  return (
    <div className={bare ? undefined : classes.wall}>
      <div className={classes.bubble} dir="auto">
        {file && <div className={classes.file}>{file}</div>}
        {header && <div className={classes.header}>{formatted(header)}</div>}
        <div className={classes.text}>{formatted(text)}</div>
        {footer && <div className={classes.footer}>{footer}</div>}
        {children}
      </div>
      {buttons.map((label) => (
        <div key={label} className={classes.button}>
          {label}
        </div>
      ))}
    </div>
  );
}

/** Returns a text with WhatsApp's marks as elements. */
export function formatted(text: string): ReactNode[] {
  return text.split(/(\*[^*\n]+\*|_[^_\n]+_|~[^~\n]+~)/).map((part, place) => {
    const key = `${place} ${part}`;
    if (/^\*[^*\n]+\*$/.test(part)) return <b key={key}>{part.slice(1, -1)}</b>;
    if (/^_[^_\n]+_$/.test(part)) return <i key={key}>{part.slice(1, -1)}</i>;
    if (/^~[^~\n]+~$/.test(part)) return <s key={key}>{part.slice(1, -1)}</s>;
    return part;
  });
}
