import { Alert, Button, Group, Text } from "@mantine/core";
import { useTexts } from "../../../texts";
import { words } from "../../../ui/ErrorState";
import { useNames } from "../conversation/useNames";
import { comesBack, NO_ANSWER, type Unsent } from "./useSend";

type Props = {
  unsent: Unsent;
  /** What is in the composer is still what was not sent. */
  isSame: boolean;
  busy: boolean;
  onDismiss: () => void;
  onTakeOver: () => void;
  onAgain: () => void;
};

const SHOWN = 120;

/** Says why something was not sent, and what to do now. A text is back in the composer; a file waits here. */
export function UnsentNotice({ unsent, isSame, busy, onDismiss, onTakeOver, onAgain }: Props) {
  const texts = useTexts();
  const { composer: t, conversation } = texts;
  const nameOf = useNames();
  const taken = unsent.reason === "taken-by";
  const isText = comesBack(unsent.wanted);
  const title = taken ? t.taken : isText ? t.failed : t.notSent;
  const canAgain = !isText && !taken && unsent.reason !== "window-closed";
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
        <div>
          {!isText && (
            <Text size="sm" fw={600} dir="auto" lineClamp={1}>
              {unsent.wanted.text.slice(0, SHOWN)}
            </Text>
          )}
          <Text size="sm">{taken ? takenText() : reasonOf()}</Text>
        </div>
        {taken && isSame && (
          <Button size="xs" disabled={busy} onClick={onTakeOver}>
            {t.takeOverAndSend}
          </Button>
        )}
        {canAgain && (
          <Button size="xs" disabled={busy} onClick={onAgain}>
            {t.sendAgain}
          </Button>
        )}
      </Group>
    </Alert>
  );

  function takenText(): string {
    const who = `${t.takenBy(nameOf(unsent.by))}.`;
    return isText ? `${who} ${t.takenText}` : who;
  }

  function reasonOf(): string {
    if (unsent.reason === "window-closed") return isText ? t.windowClosedNow : t.windowClosedBefore;
    if (unsent.reason === NO_ANSWER) return t.noAnswer;
    if (unsent.error) return words(unsent.error, texts);
    return conversation.refused(conversation.reasons[unsent.reason] ?? unsent.reason);
  }
}
