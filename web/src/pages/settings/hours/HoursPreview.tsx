import { Stack, Text, Title } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { StateBadge } from "../../../ui/StateBadge";
import classes from "./Hours.module.css";
import { DAYS, problemOf, type Week } from "./week";

/** The meaning of hours that are perhaps not saved yet: open now or not, until when, and the next change of the clock. */
export function HoursPreview({ hours, holidays }: { hours: Week | null; holidays: string[] }) {
  const { settingHours: texts } = useTexts();
  const { workspace } = useMember();
  const format = useFormat();
  const [at, setAt] = useState("");
  const valid = !hours || DAYS.every((day) => problemOf(hours[day] ?? []) === null);
  const query = useQuery({
    queryKey: [workspace, "hours-preview", hours, holidays, at],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/api/v1/workspaces/{workspace}/settings-help/hours", {
          params: { path: { workspace } },
          body: {
            hours: hours as never,
            holidays,
            timezone: "",
            at: at ? new Date(at).toISOString() : null,
          },
          signal,
        }),
      ),
    enabled: valid,
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
  const found = query.data;
  return (
    <section className={classes.preview} aria-label={texts.preview}>
      <Stack gap="xs">
        <Title order={2} size="h5">
          {texts.preview}
        </Title>
        {!valid && <Text size="sm">{texts.mend}</Text>}
        {valid && found && (
          <>
            <div>
              <StateBadge look={found.open ? "good" : "off"}>
                {found.open ? texts.isOpen : texts.isClosed}
              </StateBadge>
            </div>
            <Text size="sm">
              {found.open
                ? found.closes_at
                  ? texts.until(format.dateTime(found.closes_at))
                  : texts.allTime
                : found.opens_at
                  ? texts.next(format.dateTime(found.opens_at))
                  : texts.never}
            </Text>
            <Text size="xs" c="dimmed">
              {texts.zone(found.timezone, format.time(found.at))}
            </Text>
            {found.clock_change && (
              <Text size="xs" c="dimmed">
                {texts.clockChange(
                  format.date(found.clock_change.at),
                  Math.abs(found.clock_change.minutes),
                  found.clock_change.minutes > 0,
                )}
              </Text>
            )}
          </>
        )}
        <Text size="xs" fw={550} mt="xs" component="label" htmlFor="hours-at">
          {texts.tryAt}
        </Text>
        <input
          id="hours-at"
          type="datetime-local"
          className={classes.time}
          value={at}
          onChange={(event) => setAt(event.currentTarget.value)}
        />
      </Stack>
    </section>
  );
}
