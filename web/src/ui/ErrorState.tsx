import { Alert, Button, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { ProblemError } from "../api/problem";
import { type Texts, useTexts } from "../texts";

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

/** Returns the words for an error of a request. */
export function words(error: unknown, { common }: Texts): string {
  if (!(error instanceof ProblemError)) return error instanceof Error ? error.message : String(error);
  if (error.problem === "offline") return common.offline;
  if (error.problem === "kafka-away") return common.away("Kafka");
  if (error.problem === "mongodb-away") return common.away("MongoDB");
  if (error.problem === "not-allowed") return common.notAllowed;
  if (error.problem === "not-found") return common.notFound;
  const fields = error.fields.map((one) => `${one.pointer.replace(/^#\/?/, "")}: ${one.message}`);
  return [error.message, ...fields].join("\n");
}
