import { Button, Group, Select, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTexts } from "../../../texts";
import type { FileContent } from "./attached";
import { CAPTIONED, type FileKind } from "./files";
import { useSending } from "./useSending";

const KINDS = ["image", "video", "audio", "document", "sticker"] as const;

/** Asks for the address of a file and what goes with it. */
export function AddressForm({ first, onSend }: { first: FileContent; onSend: (file: FileContent) => void }) {
  const { composer: t } = useTexts();
  const [file, setFile] = useState(first);
  const [tried, setTried] = useState(false);
  const valid = /^https:\/\/[^\s/]+(\/\S*)?$/.test(file.url);
  const captioned = CAPTIONED.includes(file.kind as FileKind);
  const sending = useSending(() => {
    setTried(true);
    if (valid) onSend({ ...file, caption: captioned ? file.caption : "" });
  });
  return (
    <form onSubmit={sending.onSubmit}>
      <Stack gap="sm">
        <Select
          label={t.fileKind}
          data={KINDS.map((value) => ({ value, label: t.kinds[value] ?? value }))}
          value={file.kind}
          allowDeselect={false}
          onChange={(kind) => kind && setFile({ ...file, kind: kind as FileContent["kind"] })}
        />
        <TextInput
          label={t.fileUrl}
          description={t.fileUrlHint}
          type="url"
          required
          value={file.url}
          error={tried && !valid ? t.badUrl : undefined}
          onChange={(event) => setFile({ ...file, url: event.currentTarget.value.trim() })}
        />
        {file.kind === "document" && (
          <TextInput
            label={t.fileName}
            maxLength={240}
            value={file.filename}
            onChange={(event) => setFile({ ...file, filename: event.currentTarget.value })}
          />
        )}
        {captioned && (
          <TextInput
            label={t.caption}
            maxLength={1024}
            value={file.caption}
            onChange={(event) => setFile({ ...file, caption: event.currentTarget.value })}
          />
        )}
        <Group justify="flex-end">
          <Button {...sending.button} />
        </Group>
        {sending.notice}
      </Stack>
    </form>
  );
}
