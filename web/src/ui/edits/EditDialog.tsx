import { Button, Code, CopyButton, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import type { Schemas } from "../../api/client";
import { useTexts } from "../../texts";
import { Modal } from "../dialogs/Modal";
import { ErrorState } from "../ErrorState";
import { Changes } from "./Changes";

/** review: what would change. conflict: a colleague saved meanwhile. file: the part belongs to the workspace file. */
export type EditState =
  | { kind: "review"; changes: readonly Schemas["ChangeShown"][] }
  | { kind: "conflict"; yours: ReactNode; theirs: ReactNode }
  | { kind: "file"; snippet: string };

type Props = {
  state: EditState;
  saving: boolean;
  error: unknown;
  onSave: () => void;
  onSaveOver: () => void;
  onTakeTheirs: () => void;
  onClose: () => void;
};

/** Shows what would change; or both texts when a colleague saved meanwhile, and lets the person choose. */
export function EditDialog({ state, saving, error, onSave, onSaveOver, onTakeTheirs, onClose }: Props) {
  const { common, edits } = useTexts();
  const titles = { review: edits.review, conflict: edits.conflict, file: edits.file };
  return (
    <Modal opened onClose={onClose} title={titles[state.kind]} size="lg">
      <Stack>
        {state.kind === "review" && <Changes changes={state.changes} />}
        {state.kind === "conflict" && <Conflict yours={state.yours} theirs={state.theirs} />}
        {state.kind === "file" && <FileLines snippet={state.snippet} />}
        {error ? <ErrorState error={error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {state.kind === "review" ? common.cancel : edits.goOn}
          </Button>
          {state.kind === "conflict" && state.theirs && (
            <>
              <Button variant="default" onClick={onTakeTheirs}>
                {edits.takeTheirs}
              </Button>
              <Button onClick={onSaveOver}>{edits.saveOver}</Button>
            </>
          )}
          {state.kind === "review" && state.changes.length > 0 && (
            <Button onClick={onSave} loading={saving} data-autofocus>
              {common.save}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

function Conflict({ yours, theirs }: { yours: ReactNode; theirs: ReactNode }) {
  const { edits } = useTexts();
  return (
    <>
      <Text size="sm">{edits.conflictText}</Text>
      <SimpleGrid cols={{ base: 1, sm: 2 }} hidden={!theirs}>
        <div>
          <Title order={3} size="h6" mb={4}>
            {edits.theirs}
          </Title>
          {theirs}
        </div>
        <div>
          <Title order={3} size="h6" mb={4}>
            {edits.yours}
          </Title>
          {yours}
        </div>
      </SimpleGrid>
    </>
  );
}

function FileLines({ snippet }: { snippet: string }) {
  const { common, edits } = useTexts();
  return (
    <>
      <Text size="sm">{edits.fileText}</Text>
      <Code block mah={360} style={{ overflow: "auto" }} tabIndex={0}>
        {snippet}
      </Code>
      <CopyButton value={snippet}>
        {({ copied, copy }) => (
          <Button variant="default" onClick={copy} style={{ alignSelf: "flex-start" }}>
            {copied ? common.copied : common.copy}
          </Button>
        )}
      </CopyButton>
    </>
  );
}
