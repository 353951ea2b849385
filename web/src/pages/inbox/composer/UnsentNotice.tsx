import { Alert, Button, Group, Text } from "@mantine/core";
import { useTexts } from "../../../texts";
import { words } from "../../../ui/ErrorState";
import { useNames } from "../conversation/useNames";
import type { Unsent } from "./useSend";

type Props = { unsent: Unsent; onDismiss: () => void; onTakeOver: () => void };

/** Says why something was not sent, and what to do now. The text is back in the composer. */
export function UnsentNotice({ unsent, onDismiss, onTakeOver }: Props) {
  const texts = useTexts();
  const { composer: t, conversation } = texts;
  const nameOf = useNames();
  const taken = unsent.reason === "taken-by";
  const title = taken ? t.taken : t.failed;
  return (
    <Alert
      color={taken ? "orange" : "red"}
      role="alert"
      p="xs"
      title={title}
      withCloseButton
      closeButtonLabel={t.dismiss}
      onClose={onDismiss}
    >
      <Group gap="sm" justify="space-between">
        <Text size="sm">{taken ? `${t.takenBy(nameOf(unsent.by))}. ${t.takenText}` : reasonOf()}</Text>
        {taken && (
          <Button size="xs" onClick={onTakeOver}>
            {t.takeOverAndSend}
          </Button>
        )}
      </Group>
    </Alert>
  );

  function reasonOf(): string {
    if (unsent.reason === "window-closed") return t.windowClosedNow;
    if (unsent.error) return words(unsent.error, texts);
    return conversation.refused(conversation.reasons[unsent.reason] ?? unsent.reason);
  }
}
