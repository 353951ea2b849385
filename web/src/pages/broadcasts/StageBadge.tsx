import { Badge } from "@mantine/core";
import { useTexts } from "../../texts";
import type { Stage } from "./queries";

const COLORS: Record<Stage, string> = {
  making: "gray",
  draft: "gray",
  scheduled: "blue",
  running: "parley",
  paused: "orange",
  cancelled: "red",
  done: "parley",
};

export function StageBadge({ stage }: { stage: Stage }) {
  const { broadcasts } = useTexts();
  return (
    <Badge color={COLORS[stage]} variant={stage === "running" ? "filled" : "light"} tt="none">
      {broadcasts.stages[stage]}
    </Badge>
  );
}
