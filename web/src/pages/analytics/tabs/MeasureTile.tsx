import { useTexts } from "../../../texts";
import { Tile } from "../Count";
import { type Counts, sum } from "../numbers";
import type { Summary } from "./tab";

type Measure =
  | "received"
  | "sent"
  | "handed_off"
  | "closed"
  | "reopened"
  | "orders"
  | "failed"
  | "taken"
  | "returned";
type Props = { measure: Measure; now: Summary; before: Summary | undefined };

/** A measure of the period, all its labels together, beside that of the period before. */
export function MeasureTile({ measure, now, before }: Props) {
  const { analytics: texts } = useTexts();
  return (
    <Tile
      name={texts.measures[measure]}
      value={all(now[measure])}
      before={before && all(before[measure])}
      measure={measure}
    />
  );
}

const all = (counted: number | Counts) => (typeof counted === "number" ? counted : sum(counted));
