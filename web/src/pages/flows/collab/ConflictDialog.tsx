import { Button, CopyButton, Group, Stack, Tabs, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTexts } from "../../../texts";
import { TimeText } from "../../../time/TimeText";
import { Modal } from "../../../ui/dialogs/Modal";
import { RequestError } from "../../../ui/RequestError";
import { useAuthors } from "../authors";
import { useDraft, useDraftView } from "../builder/draft/DraftProvider";
import { DiffView } from "../diff/DiffView";
import { compare } from "../diff/lines";
import { WholeText } from "../diff/WholeText";

/** Shows both texts when somebody else has saved between, and asks which one counts. Nothing is chosen by itself. */
export function ConflictDialog() {
  const { common, flowVersions: t } = useTexts();
  const names = useAuthors();
  const draft = useDraft();
  const conflict = useDraftView((view) => view.conflict);
  const typed = useDraftView((view) => (view.source === view.draft.source ? null : view.source));
  const takeTheirs = useMutation({ mutationFn: () => draft.takeTheirs() });
  if (!conflict) return null;
  const { theirs } = conflict;
  const yours = typed ?? conflict.yours;
  return (
    <Modal
      opened
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={t.conflict(names(theirs.by))}
      size="xl"
    >
      <Stack>
        <Text size="sm">
          {t.conflictText} <TimeText at={theirs.at} shape="relative" />
        </Text>
        {yours !== null && (
          <Tabs defaultValue="diff" keepMounted={false}>
            <Tabs.List mb="sm">
              <Tabs.Tab value="diff">{t.difference}</Tabs.Tab>
              <Tabs.Tab value="theirs">{t.theirs}</Tabs.Tab>
              <Tabs.Tab value="yours">{t.yours}</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="diff">
              <Text size="xs" c="dimmed" mb={4}>
                {t.conflictSigns}
              </Text>
              <DiffView lines={compare(theirs.source, yours)} label={t.difference} />
            </Tabs.Panel>
            <Tabs.Panel value="theirs">
              <WholeText text={theirs.source} label={t.theirs} />
            </Tabs.Panel>
            <Tabs.Panel value="yours">
              <WholeText text={yours} label={t.yours} />
            </Tabs.Panel>
          </Tabs>
        )}
        {yours === null && <WholeText text={theirs.source} label={t.theirs} />}
        <RequestError error={takeTheirs.error} />
        <Group justify="flex-end">
          {yours !== null && (
            <CopyButton value={yours}>
              {({ copied, copy }) => (
                <Button variant="subtle" onClick={copy}>
                  {copied ? common.copied : t.copyMine}
                </Button>
              )}
            </CopyButton>
          )}
          <Button variant="default" loading={takeTheirs.isPending} onClick={() => takeTheirs.mutate()}>
            {t.takeTheirs}
          </Button>
          {yours !== null && (
            <Button color="red" variant="light" onClick={() => draft.takeText(yours)}>
              {t.keepMine}
            </Button>
          )}
          {draft.mayTakeBoth && (
            <Button variant="default" onClick={() => draft.takeBoth()}>
              {t.takeBoth}
            </Button>
          )}
        </Group>
        <Text size="xs" c="dimmed">
          {yours !== null && t.keepMineText} {draft.mayTakeBoth && t.takeBothText}
        </Text>
      </Stack>
    </Modal>
  );
}
