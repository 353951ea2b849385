import { Select } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { DIFFERENCES, ORIGINS, VOTED } from "./kinds";
import type { ReplayDetails } from "./queries";
import shared from "./Replay.module.css";
import classes from "./ResultFilters.module.css";
import type { ResultsSearch } from "./routes";

type Props = { summary: ReplayDetails["summary"]; search: ResultsSearch };

/** The filters of a replay's messages, with their numbers; they are in the address. */
export function ResultFilters({ summary, search }: Props) {
  const { replay: texts } = useTexts();
  const format = useFormat();
  const navigate = useNavigate();
  const set = (change: ResultsSearch) =>
    void navigate({ to: ".", search: { ...search, ...change } as never, replace: true, resetScroll: false });
  const origins = (side: "then" | "now") =>
    ORIGINS.filter((one) => summary[side].origins[one]).map((value) => ({
      value,
      label: `${texts.origins[value]} (${format.number(summary[side].origins[value] ?? 0)})`,
    }));
  return (
    <div className={classes.filters}>
      <fieldset className={classes.chips}>
        <legend className={shared.hidden}>{texts.difference}</legend>
        <Chip on={!search.difference} onClick={() => set({ difference: undefined })}>
          {texts.all} <span>{format.number(summary.done)}</span>
        </Chip>
        {DIFFERENCES.filter((one) => summary.differences[one]).map((one) => (
          <Chip
            key={one}
            on={search.difference === one}
            onClick={() => set({ difference: search.difference === one ? undefined : one })}
          >
            <span className={shared.dot} data-difference={one} aria-hidden />
            {texts.differences[one]} <span>{format.number(summary.differences[one] ?? 0)}</span>
          </Chip>
        ))}
      </fieldset>
      <div className={classes.selects}>
        {(["then", "now"] as const).map((side) => (
          <Select
            key={side}
            size="xs"
            clearable
            aria-label={texts.by2(texts[side])}
            placeholder={texts.by2(texts[side])}
            value={search[side] ?? null}
            onChange={(value) => set({ [side]: value ?? undefined } as ResultsSearch)}
            data={origins(side)}
          />
        ))}
        <Select
          size="xs"
          clearable
          aria-label={texts.votes}
          placeholder={texts.votes}
          value={search.voted ?? null}
          onChange={(value) => set({ voted: (value ?? undefined) as ResultsSearch["voted"] })}
          data={VOTED.map((value) => ({ value, label: texts.voted[value] }))}
        />
      </div>
    </div>
  );
}

function Chip({ on, onClick, children }: { on: boolean; onClick: () => void; children: ReactNode }) {
  return (
    <button type="button" className={classes.chip} aria-pressed={on} onClick={onClick}>
      {children}
    </button>
  );
}
