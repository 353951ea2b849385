import { Badge } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconClock, IconMinus } from "@tabler/icons-react";

const LOOKS = {
  good: { color: "parley", icon: IconCheck },
  bad: { color: "red", icon: IconAlertTriangle },
  warning: { color: "orange", icon: IconAlertTriangle },
  waiting: { color: "blue", icon: IconClock },
  off: { color: "gray", icon: IconMinus },
} as const;

export type StateLook = keyof typeof LOOKS;

/** A state in words with a sign, so that colour is not all that tells it. */
export function StateBadge({ look, children }: { look: StateLook; children: string }) {
  const { color, icon: Icon } = LOOKS[look];
  return (
    <Badge
      color={color}
      variant="light"
      size="lg"
      tt="none"
      fw={550}
      leftSection={<Icon size={13} stroke={2.2} aria-hidden />}
      style={{ flexShrink: 0, minWidth: "max-content" }}
    >
      {children}
    </Badge>
  );
}
