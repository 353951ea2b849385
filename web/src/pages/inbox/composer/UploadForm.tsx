import { Alert, Button, FileButton, Group, Progress, Stack, Text, TextInput } from "@mantine/core";
import { IconFile, IconUpload } from "@tabler/icons-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { newKey } from "../../../api/client";
import { ProblemError } from "../../../api/problem";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { words } from "../../../ui/ErrorState";
import { type FileContent, NO_FILE } from "./attached";
import classes from "./Composer.module.css";
import { CAPTIONED, type Checked, checkFile, ENDINGS, mostOf } from "./files";
import { noteSentFile } from "./sentFiles";
import { upload } from "./upload";
import { useSending } from "./useSending";

const MB = 1024 * 1024;

type Props = {
  workspace: string;
  channel: string;
  provider: string;
  files: File[];
  onFiles: (files: File[]) => void;
  onSend: (file: FileContent) => void;
};

/** Takes files that are picked or dropped, and sends them one after the other, each with its caption. */
export function UploadForm(props: Props) {
  const { composer: t } = useTexts();
  const { files, onFiles } = props;
  const [over, setOver] = useState(false);
  const file = files[0];
  if (file) return <Chosen key={keyOf(file)} file={file} {...props} />;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: files can be picked by the button, too
    <div
      className={classes.drop}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        onFiles([...event.dataTransfer.files]);
      }}
    >
      <IconUpload size={26} stroke={1.5} aria-hidden />
      <Text size="sm">{t.dropHere}</Text>
      <FileButton multiple onChange={onFiles} accept={ENDINGS.map((one) => `.${one}`).join(",")}>
        {(button) => (
          <Button {...button} variant="default" data-autofocus>
            {t.pickFile}
          </Button>
        )}
      </FileButton>
      <Text size="xs" c="dimmed">
        {t.fileLimits(mostOf("document", props.provider) / MB)}
      </Text>
    </div>
  );
}

const keys = new WeakMap<File, string>();

/** Returns the key of a file in the dialog, which stays while further files are added. */
function keyOf(file: File): string {
  const key = keys.get(file) ?? newKey();
  keys.set(file, key);
  return key;
}

function Chosen({ file, files, onFiles, onSend, workspace, channel, provider }: Props & { file: File }) {
  const texts = useTexts();
  const { composer: t } = texts;
  const [caption, setCaption] = useState("");
  const [part, setPart] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [key, setKey] = useState(newKey);
  const calling = useRef<AbortController | null>(null);
  useEffect(() => () => calling.current?.abort(), []);
  const checked = useMemo(() => checkFile(file, provider), [file, provider]);
  const captioned = CAPTIONED.includes(checked.kind);
  const sending = useSending(() => {
    if (!checked.problem && part === null) void send();
  });

  async function send() {
    calling.current = new AbortController();
    const { signal } = calling.current;
    setError(null);
    setPart(0);
    try {
      const { name } = checked;
      const done = await upload({ workspace, channel, file, name, key, onProgress: setPart, signal });
      noteSentFile(done.media_id, file);
      onSend({
        ...NO_FILE,
        kind: done.kind,
        media_id: done.media_id,
        caption: captioned ? caption.trim() : "",
        filename: done.kind === "document" ? name : "",
      });
    } catch (failure) {
      if (signal.aborted) return;
      setPart(null);
      setError(failure);
      if (!(failure instanceof ProblemError) || !failure.temporary) setKey(newKey());
    }
  }

  return (
    <form onSubmit={sending.onSubmit}>
      <Stack gap="sm">
        <Preview file={file} checked={checked} />
        {checked.problem !== "" && (
          <Alert color="orange" p="xs" role="alert">
            {problemOf(checked)}
          </Alert>
        )}
        {captioned && checked.problem === "" && (
          <TextInput
            label={t.caption}
            maxLength={1024}
            data-autofocus
            value={caption}
            onChange={(event) => setCaption(event.currentTarget.value)}
          />
        )}
        {part !== null && <Progress value={part * 100} aria-label={t.uploading} animated />}
        {error !== null && (
          <Text size="sm" c="red" role="alert">
            {`${t.notUploaded} ${reasonOf(error)}`}
          </Text>
        )}
        <Group justify="space-between">
          <Text size="xs" c="dimmed">
            {files.length > 1 ? t.moreFiles(files.length - 1) : ""}
          </Text>
          <Group gap="xs">
            <Button variant="default" onClick={() => onFiles(files.slice(1))}>
              {t.leaveOut}
            </Button>
            <Button {...sending.button} disabled={checked.problem !== ""} loading={part !== null} />
          </Group>
        </Group>
        {sending.notice}
      </Stack>
    </form>
  );

  function problemOf({ problem, kind, most }: Checked): string {
    if (problem === "type") return t.badType(ENDINGS.map((one) => `.${one}`).join(", "));
    if (problem === "empty") return t.emptyFile;
    return t.tooLarge(t.kinds[kind] ?? kind, most >= MB ? `${most / MB} MB` : `${most / 1024} KB`);
  }

  function reasonOf(failure: unknown): string {
    const field = failure instanceof ProblemError ? failure.fields[0]?.message : "";
    return field || words(failure, texts);
  }
}

function Preview({ file, checked }: { file: File; checked: Checked }) {
  const format = useFormat();
  const picture = file.type.startsWith("image/") && (checked.kind === "image" || checked.kind === "sticker");
  const url = useMemo(() => (picture ? URL.createObjectURL(file) : ""), [picture, file]);
  useEffect(() => () => (url ? URL.revokeObjectURL(url) : undefined), [url]);
  const size = file.size / 1024;
  return (
    <div className={classes.filePreview}>
      {url ? <img src={url} alt="" /> : <IconFile size={30} stroke={1.4} aria-hidden />}
      <div>
        <Text size="sm" fw={500} lineClamp={2} dir="auto">
          {checked.name}
        </Text>
        <Text size="xs" c="dimmed">
          {size > 1024
            ? `${format.number(Math.round(size / 102.4) / 10)} MB`
            : `${format.number(Math.ceil(size))} KB`}
        </Text>
      </div>
    </div>
  );
}
