import { Group, Text } from "@mantine/core";
import { IconCloudOff } from "@tabler/icons-react";
import { useTexts } from "../texts";
import type { LiveState } from "./frames";
import classes from "./LiveDot.module.css";
import { useLive } from "./LiveProvider";

const COLORS: Record<LiveState, string> = {
  live: "var(--mantine-color-parley-6)",
  connecting: "var(--mantine-color-gray-5)",
  polling: "var(--mantine-color-orange-6)",
  paused: "var(--mantine-color-orange-6)",
};

/** Says whether the page is live: in words, and where there is no room for them by a sign of another shape. */
export function LiveDot() {
  const { frame } = useTexts();
  const { state } = useLive();
  const words = {
    live: frame.live,
    connecting: frame.connecting,
    polling: frame.notLive,
    paused: frame.paused,
  }[state];
  return (
    <Group gap={6} wrap="nowrap" role="status" data-live={state} title={words}>
      {state === "polling" || state === "paused" ? (
        <IconCloudOff size={18} color={COLORS[state]} aria-hidden />
      ) : (
        <span
          style={{
            width: 9,
            height: 9,
            borderRadius: 9,
            boxSizing: "border-box",
            border: `2px solid ${COLORS[state]}`,
            background: state === "live" ? COLORS[state] : undefined,
          }}
        />
      )}
      <Text size="xs" c="dimmed" className={classes.words}>
        {words}
      </Text>
    </Group>
  );
}
