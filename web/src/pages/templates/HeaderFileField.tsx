import { ActionIcon, Button, FileButton, Group, Input, Progress, Text, TextInput } from "@mantine/core";
import { IconFile, IconUpload, IconX } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { newKey } from "../../api/client";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { words } from "../../ui/words";
import { checkFile, endingsOf } from "../inbox/composer/files";
import { upload } from "../inbox/composer/upload";
import { type HeaderFile, NO_HEADER_FILE } from "./headerFile";

type Props = {
  workspace: string;
  /** An uploaded file is for this channel only. */
  channel: string;
  kind: "image" | "video" | "document";
  value: HeaderFile;
  onChange: (value: HeaderFile) => void;
};

const MB = 1024 * 1024;

/** Takes the file above a template: uploaded from this computer, or an https address from which Meta fetches it. */
export function HeaderFileField({ workspace, channel, kind, value, onChange }: Props) {
  const texts = useTexts();
  const { templates: t } = texts;
  const format = useFormat();
  const [part, setPart] = useState<number | null>(null);
  const [problem, setProblem] = useState("");
  const calling = useRef<AbortController | null>(null);
  // The latest one: other fields may be filled in while the file is uploaded.
  const change = useRef(onChange);
  change.current = onChange;
  useEffect(() => () => calling.current?.abort(), []);
  const endings = endingsOf(kind).map((one) => `.${one}`);

  async function take(file: File | null) {
    if (!file) return;
    const checked = checkFile(file, "meta");
    if (checked.problem === "type" || checked.kind !== kind)
      return setProblem(t.wrongType(endings.join(", ")));
    if (checked.problem === "empty") return setProblem(t.emptyFile);
    if (checked.problem === "size") return setProblem(t.tooLarge(`${checked.most / MB} MB`));
    calling.current?.abort();
    calling.current = new AbortController();
    const { signal } = calling.current;
    setProblem("");
    setPart(0);
    change.current(NO_HEADER_FILE);
    try {
      const { name } = checked;
      const done = await upload({
        workspace,
        channel,
        file,
        name,
        key: newKey(),
        onProgress: setPart,
        signal,
      });
      change.current({ url: "", mediaId: done.media_id, channel, name, until: done.until });
      setPart(null);
    } catch (failure) {
      if (signal.aborted) return;
      setPart(null);
      setProblem(`${t.notUploaded} ${words(failure, texts)}`);
    }
  }

  if (value.mediaId && value.channel === channel)
    return (
      <Input.Wrapper label={t.fileAbove(t.files[kind])} labelElement="div">
        <Group gap="xs" wrap="nowrap">
          <IconFile size={18} aria-hidden />
          <div>
            <Text size="sm" dir="auto" lineClamp={1}>
              {value.name}
            </Text>
            <Text size="xs" c="dimmed">
              {t.keptUntil(format.date(value.until))}
            </Text>
          </div>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t.removeFile(value.name)}
            onClick={() => onChange(NO_HEADER_FILE)}
          >
            <IconX size={16} aria-hidden />
          </ActionIcon>
        </Group>
      </Input.Wrapper>
    );
  return (
    <div>
      <Group gap="xs" align="flex-end" wrap="nowrap">
        <TextInput
          style={{ flex: 1 }}
          label={t.fileAbove(t.files[kind])}
          placeholder="https://"
          inputMode="url"
          disabled={part !== null}
          value={value.url}
          onChange={(event) => onChange({ ...NO_HEADER_FILE, url: event.currentTarget.value })}
        />
        <FileButton accept={endings.join(",")} onChange={(file) => void take(file)}>
          {(button) => (
            <Button
              {...button}
              variant="default"
              leftSection={<IconUpload size={16} aria-hidden />}
              loading={part !== null}
            >
              {t.chooseFile}
            </Button>
          )}
        </FileButton>
      </Group>
      {part !== null && <Progress mt={6} value={part * 100} aria-label={t.uploading} animated />}
      <Text size="xs" mt={4} c={problem ? "red" : "dimmed"} role={problem ? "alert" : undefined}>
        {problem || t.fileText}
      </Text>
    </div>
  );
}
