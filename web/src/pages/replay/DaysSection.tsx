import { Group, SegmentedControl, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { addDays, dayOf, startOfDay } from "../../time/days";
import { useZone } from "../../time/zone";
import { DayField } from "../../ui/DayField";
import { NumberField } from "../../ui/NumberField";
import { channelsQuery } from "../settings/channels/queries";
import classes from "./DaysSection.module.css";
import { Step } from "./Step";

/** Days of the workspace's zone, both included. */
export type Days = { first: string; last: string; channel: string; most: number };

export const initialDays = (zone: string): Days => {
  const today = dayOf(new Date(), zone);
  return { first: addDays(today, -6), last: today, channel: "", most: 500 };
};

/** Returns the moments that a replay is asked for. */
export const momentsOf = ({ first, last }: Days, zone: string) => ({
  since: startOfDay(first, zone).toISOString(),
  until: startOfDay(addDays(last, 1), zone).toISOString(),
});

const PERIODS = [1, 7, 30] as const;

/** The days whose messages are answered again. */
export function DaysSection({ days, onChange }: { days: Days; onChange: (days: Days) => void }) {
  const { replay: texts } = useTexts();
  const { workspace } = useMember();
  const zone = useZone();
  const channels = useQuery(channelsQuery(workspace)).data?.items ?? [];
  const today = dayOf(new Date(), zone);
  const period = PERIODS.find((one) => days.last === today && days.first === addDays(today, 1 - one));
  const [own, setOwn] = useState(false);
  const from = useRef<HTMLInputElement>(null);
  const set = (change: Partial<Days>) => onChange({ ...days, ...change });
  return (
    <Step number={1} title={texts.chooseDays} text={texts.chooseDaysText}>
      <Stack gap="md">
        <Group gap="sm" align="flex-end">
          <SegmentedControl
            aria-label={texts.days}
            className={classes.periods}
            value={period && !own ? String(period) : "own"}
            onChange={(value) => {
              setOwn(value === "own");
              if (value === "own") from.current?.focus();
              else set({ first: addDays(today, 1 - Number(value)), last: today });
            }}
            data={[
              ...PERIODS.map((one) => ({ value: String(one), label: texts.periods[one] })),
              { value: "own", label: texts.periods.own },
            ]}
          />
          <Group gap={8} wrap="nowrap">
            <DayField
              ref={from}
              aria-label={texts.from}
              value={days.first}
              max={today}
              onChange={(first) => set({ first, ...(first > days.last && { last: first }) })}
            />
            <Text size="sm" aria-hidden>
              –
            </Text>
            <DayField
              aria-label={texts.to}
              value={days.last}
              max={today}
              onChange={(last) => set({ last, ...(last < days.first && { first: last }) })}
            />
          </Group>
        </Group>
        <Group gap="sm" align="flex-end">
          <NumberField
            label={texts.most}
            w={190}
            min={1}
            max={2000}
            step={100}
            clampBehavior="strict"
            value={days.most}
            onChange={(value) => value && set({ most: value })}
          />
          {channels.length > 1 && (
            <Select
              label={texts.channel}
              placeholder={texts.allChannels}
              w={260}
              clearable
              data={channels.map((one) => ({ value: one.id, label: `${one.id} · ${one.address}` }))}
              value={days.channel || null}
              onChange={(value) => set({ channel: value ?? "" })}
            />
          )}
        </Group>
      </Stack>
    </Step>
  );
}
