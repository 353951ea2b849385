import {
  IconBook2,
  IconBuildingStore,
  IconClockPause,
  IconGitBranch,
  IconMoodSilence,
  IconNotification,
  IconSparkles,
  IconUser,
} from "@tabler/icons-react";
import { useTexts } from "../../texts";
import type { Origin } from "./kinds";
import classes from "./OriginBadge.module.css";
import shared from "./Replay.module.css";

const ICONS = {
  faq: IconBook2,
  flow: IconGitBranch,
  shop: IconBuildingStore,
  model: IconSparkles,
  person: IconUser,
  system: IconNotification,
  later: IconClockPause,
  nobody: IconMoodSilence,
} as const;

/** The answerer, with a sign and a colour of its own. */
export function OriginBadge({ origin, detail = "" }: { origin: Origin; detail?: string }) {
  const { replay } = useTexts();
  const Icon = ICONS[origin];
  return (
    <span className={`${shared.byOrigin} ${classes.origin}`} data-origin={origin}>
      <Icon size={14} stroke={2} aria-hidden />
      {replay.origins[origin]}
      {detail && <span className={classes.originDetail}>{detail}</span>}
    </span>
  );
}
