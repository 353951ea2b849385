import { Center, Loader } from "@mantine/core";
import { useTexts } from "../texts";

export function Loading({ h = "100%" }: { h?: string | number }) {
  const { common } = useTexts();
  return (
    <Center h={h} mih={120} role="status" aria-label={common.loading}>
      <Loader size="sm" />
    </Center>
  );
}
