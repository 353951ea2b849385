import { Center } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import { useTexts } from "../texts";
import { forgetFailedTexts } from "../texts/load";
import { EmptyState } from "../ui/EmptyState";
import { ErrorState } from "../ui/ErrorState";
import { useTitle } from "../ui/useTitle";

export function RouteError({ error }: { error: unknown }) {
  const router = useRouter();
  useTitle(useTexts().common.failed);
  const retry = () => {
    forgetFailedTexts();
    return router.invalidate();
  };
  return (
    <Center h="100%" mih={320}>
      <ErrorState error={error} onRetry={retry} />
    </Center>
  );
}

export function NotFound() {
  const { common } = useTexts();
  return (
    <Center h="100%" mih={320}>
      <EmptyState title={common.notFound} order={1} />
    </Center>
  );
}
