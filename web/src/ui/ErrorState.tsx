import { Alert, Button, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { ProblemError } from "../api/problem";
import { useTexts } from "../texts";
import { words } from "./words";

export { words };

/** Says what failed in words, and offers to try again. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const texts = useTexts();
  const request = error instanceof ProblemError ? error.request : "";
  return (
    <Alert
      icon={<IconAlertTriangle aria-hidden />}
      color="red"
      title={texts.common.failed}
      role="alert"
      maw={520}
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{words(error, texts)}</Text>
        {request && (
          <Text size="xs" c="dimmed">
            {texts.common.request(request)}
          </Text>
        )}
        {onRetry && (
          <Button variant="default" size="xs" onClick={onRetry}>
            {texts.common.tryAgain}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
