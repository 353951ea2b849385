import { memo } from "react";
import classes from "./Canvas.module.css";
import { partsOf } from "./wordParts";

/** The first words of a step; values that are filled in later stand out, by their names. */
export const Words = memo(function Words({ text }: { text: string }) {
  return (
    <div className={classes.words} dir="auto" title={text}>
      {partsOf(text).map((part) =>
        part.value ? (
          <span key={part.at} className={classes.value}>
            {part.text}
          </span>
        ) : (
          <span key={part.at}>{part.text}</span>
        ),
      )}
    </div>
  );
});
