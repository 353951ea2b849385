import { Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import classes from "./Analytics.module.css";
import { isListed, useAsked } from "./data";
import { change } from "./numbers";

type CountProps = { value: number; measure?: string; label?: string; name: string };

/** A number that leads to the list of what it counts, where there is one. */
export function Count({ value, measure, label, name }: CountProps) {
  const { analytics: texts } = useTexts();
  const format = useFormat();
  const { channel } = useAsked();
  const shown = format.number(value);
  if (!measure || value === 0 || !isListed(measure, channel))
    return <span className={classes.count}>{shown}</span>;
  return (
    <Link
      from="/w/$workspace/analytics"
      to="."
      search={(search) => ({ ...search, list: measure, label })}
      className={classes.count}
      aria-label={`${name}: ${shown}. ${texts.openList}`}
      replace
    >
      {shown}
    </Link>
  );
}

type TileProps = {
  name: string;
  value?: number;
  shown?: string;
  before?: number;
  measure?: string;
  label?: string;
  text?: string;
};

/** A number with its name, and the change from the period before. shown: instead of the number. */
export function Tile({ name, value, shown, before, measure, label, text }: TileProps) {
  const { analytics: texts } = useTexts();
  const format = useFormat();
  const difference = value === undefined ? null : change(before, value);
  return (
    <div className={classes.tile}>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <div className={classes.number}>
        {value === undefined || shown !== undefined ? (
          (shown ?? "–")
        ) : (
          <Count value={value} measure={measure} label={label} name={name} />
        )}
      </div>
      <Text size="xs" c="dimmed">
        {text ??
          (difference === null
            ? texts.noComparison
            : texts.comparison(
                `${difference > 0 ? "+" : ""}${format.percent(difference)}`,
                format.number(before ?? 0),
              ))}
      </Text>
    </div>
  );
}
