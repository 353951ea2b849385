import { Kbd, Text } from "@mantine/core";
import { useTexts } from "../../texts";

/** The keys that move through a replay's messages, and vote. */
export function KeysShown({ votes }: { votes: boolean }) {
  const { replay: texts } = useTexts();
  return (
    <Text size="xs" c="dimmed" visibleFrom="sm">
      <Kbd size="xs">j</Kbd> <Kbd size="xs">k</Kbd> {texts.keysMove} · <Kbd size="xs">c</Kbd>{" "}
      {texts.keysContext}
      {votes && (
        <>
          {" · "}
          <Kbd size="xs">1</Kbd> <Kbd size="xs">2</Kbd> <Kbd size="xs">3</Kbd> {texts.keysVote}
        </>
      )}
    </Text>
  );
}
