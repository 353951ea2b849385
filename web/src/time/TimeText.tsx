import { Tooltip } from "@mantine/core";
import { makeFormat } from "./format";
import { useFormat } from "./zone";

type Props = {
  at: string | null | undefined;
  shape?: "dateTime" | "date" | "time" | "relative";
  empty?: string;
};

/** A time in the workspace's zone; hovering shows it in full, with the browser's own zone. */
export function TimeText({ at, shape = "dateTime", empty = "–" }: Props) {
  const format = useFormat();
  if (!at) return empty;
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const lines = [`${format.dateTime(at)} (${format.zone})`];
  if (own !== format.zone) lines.push(`${makeFormat(format.language, own).dateTime(at)} (${own})`);
  return (
    <Tooltip label={lines.map((line) => <div key={line}>{line}</div>)}>
      <time dateTime={at}>{format[shape](at)}</time>
    </Tooltip>
  );
}
