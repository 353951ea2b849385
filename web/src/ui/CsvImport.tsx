import { Button, FileInput, Group, Radio, Stack } from "@mantine/core";
import { IconFileImport } from "@tabler/icons-react";
import { useState } from "react";
import { newKey, type Schemas } from "../api/client";
import { useTexts } from "../texts";
import { ErrorState } from "./ErrorState";
import { useEdit } from "./edits";
import { FormModal } from "./FormModal";

type Mode = "merge" | "replace";
export type SendCsv = (
  text: string,
  options: { mode: Mode; dry_run: boolean; tag: string },
) => Promise<Schemas["Edited"]>;

/** Imports a list from CSV: shows what would change first. part: the query that changes. tag: of what is shown. */
export function CsvImport({ part, tag, send }: { part: string; tag: string; send: SendCsv }) {
  const { edits } = useTexts();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconFileImport size={16} aria-hidden />}
        onClick={() => setOpen(true)}
      >
        {edits.importCsv}
      </Button>
      {open && <ImportDialog part={part} tag={tag} send={send} onClose={() => setOpen(false)} />}
    </>
  );
}

type Props = { part: string; tag: string; send: SendCsv; onClose: () => void };

function ImportDialog({ part, tag, send, onClose }: Props) {
  const { common, edits } = useTexts();
  const [file, setFile] = useState<File | null>(null);
  const [mode, setMode] = useState<Mode>("merge");
  const [fault, setFault] = useState("");
  const edit = useEdit(part);
  async function look() {
    if (!file) return;
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    } catch {
      setFault(edits.notUtf8);
      return;
    }
    setFault("");
    edit.ask(
      {
        tag,
        send: ({ dry_run, tag: match }) => send(text, { mode, dry_run, tag: match }),
        done: onClose,
      },
      newKey(),
    );
  }
  return (
    <FormModal opened onClose={onClose} title={edits.importCsv} values={{ file: file?.name, mode }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void look();
        }}
      >
        <Stack>
          <FileInput
            label={edits.csvFile}
            placeholder={edits.chooseCsv}
            accept=".csv,text/csv"
            value={file}
            onChange={setFile}
            error={fault || undefined}
            data-autofocus
          />
          <Radio.Group label={edits.others} value={mode} onChange={(value) => setMode(value as Mode)}>
            <Stack gap="xs" mt={4}>
              <Radio value="merge" label={edits.merge} />
              <Radio value="replace" label={edits.replace} />
            </Stack>
          </Radio.Group>
          {edit.error ? <ErrorState error={edit.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit" disabled={!file} loading={edit.isPending}>
              {edits.look}
            </Button>
          </Group>
        </Stack>
      </form>
      {edit.dialog}
    </FormModal>
  );
}
