import { UnstyledButton } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTexts } from "../../../texts";
import classes from "./Bubble.module.css";
import { isEmojiOnly, type Piece, piecesOf } from "./richText";

const LONG = 1_500;
const CUT = 1_200;

/** A text as the customer sees it, with WhatsApp's marks and links; a very long one is folded. */
export function RichText({ text }: { text: string }) {
  const { conversation: t } = useTexts();
  const [open, setOpen] = useState(false);
  const folded = text.length > LONG && !open;
  const shown = folded ? `${text.slice(0, CUT)}…` : text;
  const pieces = useMemo(() => piecesOf(shown), [shown]);
  return (
    <div className={classes.text} dir="auto" data-emoji={isEmojiOnly(text) || undefined}>
      {pieces.map((piece, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text never move
        <PieceText key={index} piece={piece} />
      ))}
      {text.length > LONG && (
        <UnstyledButton className={classes.more} onClick={() => setOpen(!open)} aria-expanded={open}>
          {open ? t.showLess : t.showMore}
        </UnstyledButton>
      )}
    </div>
  );
}

function PieceText({ piece }: { piece: Piece }) {
  switch (piece.kind) {
    case "link":
      return (
        <a href={piece.href} target="_blank" rel="noopener noreferrer nofollow" className={classes.link}>
          {piece.text}
        </a>
      );
    case "bold":
      return <strong>{piece.text}</strong>;
    case "italic":
      return <em>{piece.text}</em>;
    case "strike":
      return <s>{piece.text}</s>;
    case "code":
      return <code className={classes.code}>{piece.text}</code>;
    default:
      return piece.text;
  }
}
