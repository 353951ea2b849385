import { Alert, Button, FileInput, List, Stack, Text } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { answer, api } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { ErrorState } from "../../../ui/ErrorState";
import { useIntent } from "../../../ui/intent";
import { Columns } from "./Columns";
import { checkFile, type FileFault } from "./check";
import { type Header, type Meaning, meaningOf, problemOf, readHeader, withMeanings } from "./columns";

/** Takes a CSV file and has it checked; nothing is imported yet. */
export function ChooseFile({ onQueued }: { onQueued: (job: string) => void }) {
  const { customers } = useTexts();
  const { workspace } = useMember();
  const [file, setFile] = useState<File | null>(null);
  const [fault, setFault] = useState<FileFault>(null);
  const [header, setHeader] = useState<Header | null>(null);
  const [meanings, setMeanings] = useState<Meaning[]>([]);
  const once = useIntent();
  const upload = useMutation({
    mutationFn: (chosen: File) =>
      once([chosen.name, chosen.size, chosen.lastModified, meanings], (key) => {
        const form = new FormData();
        form.set("file", header ? withMeanings(chosen, header, meanings) : chosen, chosen.name);
        return answer(
          api.POST("/api/v1/workspaces/{workspace}/customers/imports", {
            params: { path: { workspace }, query: { dry_run: true }, header: { "Idempotency-Key": key } },
            body: form as never,
            bodySerializer: (body: unknown) => body as FormData,
          }),
        );
      }),
    onSuccess: ({ id }) => onQueued(id),
  });
  const latest = useRef<File | null>(null);
  async function choose(chosen: File | null) {
    latest.current = chosen;
    setFile(null); // until its own first line is read: it must not get that of another one
    upload.reset();
    const found = chosen ? await checkFile(chosen) : null;
    const titles = chosen && !found ? await readHeader(chosen) : null;
    if (latest.current !== chosen) return;
    setFile(chosen);
    setFault(found);
    setHeader(titles);
    setMeanings(titles ? titles.titles.map(meaningOf) : []);
  }
  const ready = file && !fault && (!header || !problemOf(meanings));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) upload.mutate(file);
      }}
    >
      <Stack maw={560}>
        <FileInput
          label={customers.file}
          description={customers.fileText}
          placeholder={customers.chooseFile}
          accept=".csv,.tsv,.txt,text/csv"
          leftSection={<IconUpload size={16} aria-hidden />}
          value={file}
          onChange={(chosen) => void choose(chosen)}
          clearable
        />
        {fault && (
          <Alert color="red" role="alert">
            {customers.faults[fault]}
          </Alert>
        )}
        {header && <Columns header={header} meanings={meanings} onChange={setMeanings} />}
        {upload.isError && <ErrorState error={upload.error} onRetry={() => file && upload.mutate(file)} />}
        <Button
          type="submit"
          disabled={!ready}
          loading={upload.isPending}
          style={{ alignSelf: "flex-start" }}
        >
          {customers.checkFile}
        </Button>
        <Text size="sm" fw={600}>
          {customers.columnsTitle}
        </Text>
        <List size="sm" spacing={4}>
          {customers.columnsText.map((line) => (
            <List.Item key={line}>{line}</List.Item>
          ))}
        </List>
      </Stack>
    </form>
  );
}
