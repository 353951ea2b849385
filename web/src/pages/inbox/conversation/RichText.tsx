import { UnstyledButton } from "@mantine/core";
import { useContext, useMemo, useState } from "react";
import { useTexts } from "../../../texts";
import classes from "./Bubble.module.css";
import { FindWords } from "./FindWords";
import { marksOf } from "./marks";
import { isEmojiOnly, type Piece, piecesOf } from "./richText";

const LONG = 1_500;
const CUT = 1_200;

/** A text as the customer sees it, with WhatsApp's marks and links; a very long one is folded. */
export function RichText({ text }: { text: string }) {
  const { conversation: t } = useTexts();
  const wanted = useContext(FindWords);
  const [opened, setOpen] = useState(false);
  const open = opened || wanted !== "";
  const folded = text.length > LONG && !open;
  const shown = folded ? `${text.slice(0, CUT)}…` : text;
  const pieces = useMemo(() => piecesOf(shown), [shown]);
  return (
    <div className={classes.text} dir="auto" data-emoji={isEmojiOnly(text) || undefined}>
      {pieces.map((piece, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text never move
        <PieceText key={index} piece={piece} wanted={wanted} />
      ))}
      {text.length > LONG && (
        <UnstyledButton className={classes.more} onClick={() => setOpen(!opened)} aria-expanded={open}>
          {open ? t.showLess : t.showMore}
        </UnstyledButton>
      )}
    </div>
  );
}

function PieceText({ piece, wanted }: { piece: Piece; wanted: string }) {
  const text = wanted ? <Marked text={piece.text} wanted={wanted} /> : piece.text;
  switch (piece.kind) {
    case "link":
      return (
        <a href={piece.href} target="_blank" rel="noopener noreferrer nofollow" className={classes.link}>
          {text}
        </a>
      );
    case "bold":
      return <strong>{text}</strong>;
    case "italic":
      return <em>{text}</em>;
    case "strike":
      return <s>{text}</s>;
    case "code":
      return <code className={classes.code}>{text}</code>;
    default:
      return text;
  }
}

function Marked({ text, wanted }: { text: string; wanted: string }) {
  return marksOf(text, wanted).map((one, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text never move
    one.hit ? <mark key={index}>{one.text}</mark> : one.text,
  );
}
