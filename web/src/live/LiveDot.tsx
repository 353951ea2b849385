import { Group, Text } from "@mantine/core";
import { useTexts } from "../texts";
import type { LiveState } from "./frames";
import { useLive } from "./LiveProvider";

const COLORS: Record<LiveState, string> = {
  live: "var(--mantine-color-parley-6)",
  connecting: "var(--mantine-color-gray-5)",
  polling: "var(--mantine-color-orange-6)",
  paused: "var(--mantine-color-orange-6)",
};

/** Says whether the page is live. */
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
      <span style={{ width: 9, height: 9, borderRadius: 9, background: COLORS[state] }} />
      <Text size="xs" c="dimmed" visibleFrom="xs">
        {words}
      </Text>
    </Group>
  );
}
