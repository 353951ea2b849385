import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { StateBadge, type StateLook } from "../../ui/StateBadge";
import type { Replay } from "./queries";

const LOOKS: Record<string, StateLook> = {
  queued: "waiting",
  running: "waiting",
  done: "good",
  failed: "bad",
  cancelled: "off",
};

/** The state of a replay in words; while it runs with its progress. */
export function ReplayState({ replay }: { replay: Replay }) {
  const { replay: texts } = useTexts();
  const format = useFormat();
  if (replay.state === "running" && replay.messages > 0)
    return (
      <StateBadge look="waiting">{`${texts.states.running} ${format.percent(replay.done / replay.messages)}`}</StateBadge>
    );
  if (replay.stopped) return <StateBadge look="warning">{texts.states.stopped}</StateBadge>;
  const state = replay.state as keyof typeof texts.states;
  return <StateBadge look={LOOKS[replay.state] ?? "off"}>{texts.states[state] ?? replay.state}</StateBadge>;
}
