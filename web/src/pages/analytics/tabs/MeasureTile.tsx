import { useTexts } from "../../../texts";
import { Tile } from "../Count";
import { type Counts, sum } from "../numbers";
import type { Summary } from "./tab";

type Measure =
  | "conversations"
  | "new_customers"
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

/** A measure of the period, all its labels together, beside that of the period before; nothing if it was not counted. */
export function MeasureTile({ measure, now, before }: Props) {
  const { analytics: texts } = useTexts();
  const counted = now[measure];
  const earlier = before?.[measure];
  if (counted === null) return null;
  return (
    <Tile
      name={texts.measures[measure]}
      value={all(counted)}
      before={earlier === undefined || earlier === null ? undefined : all(earlier)}
      measure={measure}
    />
  );
}

const all = (counted: number | Counts) => (typeof counted === "number" ? counted : sum(counted));
