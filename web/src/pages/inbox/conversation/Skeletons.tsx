import { Skeleton, Stack } from "@mantine/core";
import { useTexts } from "../../../texts";

const WIDTHS = ["55%", "40%", "62%", "35%", "48%"];

/** Shown while a conversation is loaded. */
export function Skeletons() {
  const { common } = useTexts();
  return (
    <Stack p="md" gap="sm" flex={1} role="status" aria-label={common.loading}>
      {WIDTHS.map((width, index) => (
        <Skeleton key={width} h={52} w={width} radius={14} ms={index % 2 ? "auto" : 0} />
      ))}
    </Stack>
  );
}
