import classes from "./DiffText.module.css";
import type { Piece } from "./diff";

/** A text in which the words that the other one lacks are marked. side: `then` marks what went, `now` what came. */
export function DiffText({ pieces, side }: { pieces: Piece[]; side: "then" | "now" }) {
  const Mark = side === "then" ? "del" : "ins";
  return (
    <>
      {pieces.map((piece, place) => {
        const key = `${place} ${piece.text.length}`;
        return piece.same ? (
          <span key={key}>{piece.text}</span>
        ) : (
          <Mark key={key} className={side === "then" ? classes.gone : classes.come}>
            {piece.text}
          </Mark>
        );
      })}
    </>
  );
}
