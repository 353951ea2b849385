import { Button, Group, Loader, Text } from "@mantine/core";
import { IconDownload, IconFile, IconPhotoOff } from "@tabler/icons-react";
import { useParams } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { ProblemError } from "../../../api/problem";
import { useTexts } from "../../../texts";
import { words } from "../../../ui/ErrorState";
import classes from "./Bubble.module.css";
import { RichText } from "./RichText";
import { useFile } from "./useFile";

export type MediaContent = {
  kind: string;
  mime_type?: string;
  caption?: string;
  filename?: string;
  voice?: boolean;
};

type Props = {
  message: string;
  content: MediaContent;
  /** False: a message of ours that is not stored yet; its file is found by it. */
  isStored?: boolean;
};

/** The file of a message. Its place has its size before it is loaded, so that nothing moves. */
export function MediaFile({ message, content, isStored = true }: Props) {
  const { conversation: t } = useTexts();
  const asked = content.kind !== "document" && content.kind !== "video";
  const [isAsked, setAsked] = useState(asked);
  const wanted = isAsked && isStored;
  const { workspace } = useParams({ from: "/w/$workspace" });
  const file = useFile(workspace, message, wanted);
  const name = content.filename || nameOf(content, t);
  const load = () => (wanted ? void file.refetch() : setAsked(true));
  return (
    <div>
      <div className={classes.media} data-kind={content.kind}>
        {!wanted && (
          <Offer name={name}>
            {isStored && (
              <Button size="xs" variant="default" onClick={load}>
                {t.loadFile}
              </Button>
            )}
          </Offer>
        )}
        {wanted && file.isPending && <Loader size="sm" aria-label={name} />}
        {file.isError && <Failed error={file.error} onRetry={load} />}
        {file.isSuccess && <Shown url={file.url} type={file.data.type} name={name} content={content} />}
      </div>
      {content.caption && <RichText text={content.caption} />}
    </div>
  );
}

type ShownProps = { url: string; type: string; name: string; content: MediaContent };

/** Shows what cannot run as a page; everything else is offered as a download. */
function Shown({ url, type, name, content }: ShownProps) {
  const [broken, setBroken] = useState(false);
  const fails = () => setBroken(true);
  if (!broken && type.startsWith("image/")) {
    return (
      <a href={url} target="_blank" rel="noopener noreferrer" aria-label={name}>
        <img src={url} alt={content.caption || name} className={classes.picture} onError={fails} />
      </a>
    );
  }
  if (!broken && type.startsWith("audio/")) {
    // biome-ignore lint/a11y/useMediaCaption: recordings in chats have no captions
    return <audio controls src={url} aria-label={name} onError={fails} className={classes.audio} />;
  }
  if (!broken && type.startsWith("video/")) {
    // biome-ignore lint/a11y/useMediaCaption: recordings in chats have no captions
    return <video controls src={url} aria-label={name} onError={fails} className={classes.picture} />;
  }
  return <Download url={url} name={name} safe={type === "application/pdf"} />;
}

function Download({ url, name, safe }: { url: string; name: string; safe: boolean }) {
  const { conversation: t } = useTexts();
  return (
    <Offer name={name}>
      {!safe && (
        <Text size="xs" c="dimmed">
          {t.fileNotShown}
        </Text>
      )}
      <Button
        component="a"
        href={url}
        download={name}
        size="xs"
        variant="default"
        leftSection={<IconDownload size={14} aria-hidden />}
      >
        {t.download}
      </Button>
    </Offer>
  );
}

function Failed({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const texts = useTexts();
  const { conversation: t, common } = texts;
  const gone = error instanceof ProblemError && (error.status === 404 || error.status === 410);
  return (
    <Group gap="xs" p="xs" wrap="nowrap">
      <IconPhotoOff size={20} aria-hidden />
      <div>
        <Text size="sm">{gone ? t.fileGone : t.fileFailed}</Text>
        {!gone && (
          <>
            <Text size="xs" c="dimmed">
              {words(error, texts)}
            </Text>
            <Button size="compact-xs" variant="default" mt={4} onClick={onRetry}>
              {common.tryAgain}
            </Button>
          </>
        )}
      </div>
    </Group>
  );
}

function Offer({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Group gap="sm" p="xs" wrap="nowrap" align="flex-start">
      <IconFile size={22} aria-hidden />
      <div>
        <Text size="sm" fw={500} lineClamp={2} mb={4}>
          {name}
        </Text>
        {children}
      </div>
    </Group>
  );
}

function nameOf(content: MediaContent, t: ReturnType<typeof useTexts>["conversation"]): string {
  if (content.voice) return t.voice;
  const names: Record<string, string> = {
    image: t.picture,
    video: t.video,
    audio: t.audio,
    sticker: t.sticker,
  };
  return names[content.kind] ?? t.document;
}
