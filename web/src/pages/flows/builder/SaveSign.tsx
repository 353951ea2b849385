import { Button, Group, Loader, Popover, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconCloudOff } from "@tabler/icons-react";
import { useTexts } from "../../../texts";
import { useDraft, useDraftView } from "./draft/DraftProvider";
import classes from "./SaveSign.module.css";

/** Says whether the draft is saved, and why an edit was refused. */
export function SaveSign() {
  const { builder: t } = useTexts();
  const draft = useDraft();
  const state = useDraftView((view) => view.state);
  const pending = useDraftView((view) => view.pending);
  const refusal = useDraftView((view) => view.refusal);
  const stored = useDraftView((view) => view.draft.stored);
  if (refusal) {
    return (
      <Popover
        opened
        position="bottom-start"
        width={340}
        withArrow
        trapFocus={false}
        onClose={() => draft.dismissRefusal()}
      >
        <Popover.Target>
          <span className={classes.sign} data-state="refused">
            <IconAlertTriangle size={15} aria-hidden />
            <span className={classes.words}>{t.refused}</span>
          </span>
        </Popover.Target>
        <Popover.Dropdown role="alert">
          <Text size="sm" fw={600}>
            {t.refusedText}
          </Text>
          <Text size="sm" mt={4} style={{ whiteSpace: "pre-line" }}>
            {refusal.why}
          </Text>
          <Group justify="space-between" mt="xs">
            <Text size="xs" c="dimmed">
              {refusal.line ? t.line(refusal.line) : ""}
            </Text>
            <Button size="compact-sm" variant="default" onClick={() => draft.dismissRefusal()}>
              {t.understood}
            </Button>
          </Group>
        </Popover.Dropdown>
      </Popover>
    );
  }
  return (
    <span className={classes.sign} data-state={state} role="status">
      {state === "saving" && <Loader size={12} aria-hidden />}
      {state === "saved" && <IconCheck size={15} aria-hidden />}
      {(state === "offline" || state === "conflict") && <IconCloudOff size={15} aria-hidden />}
      <span className={classes.words}>
        {state === "saved" ? (stored ? t.draftSaved : t.asPublished) : ""}
        {state === "saving" ? t.saving : ""}
        {state === "offline" ? t.offline(pending) : ""}
        {state === "conflict" ? t.conflictTitle : ""}
      </span>
      {state === "offline" && (
        <Button size="compact-xs" variant="subtle" onClick={() => draft.sendNow()}>
          {t.sendNow}
        </Button>
      )}
    </span>
  );
}
