import { Anchor, Group } from "@mantine/core";
import { type DragEvent, Suspense, useEffect, useState } from "react";
import type { Schemas } from "../../../api/client";
import { useTexts } from "../../../texts";
import { FormModal } from "../../../ui/FormModal";
import { Loading } from "../../../ui/Loading";
import { late } from "../../../ui/late";
import { AddressForm } from "./AddressForm";
import type { Attached, FileContent } from "./attached";
import { UploadForm } from "./UploadForm";

const ContactForm = late(async () => (await import("./ContactForm")).ContactForm);
const PlaceForm = late(async () => (await import("./PlaceForm")).PlaceForm);

const WAYS = ["computer", "address", "contact", "place"] as const;

type Content = FileContent | Schemas["ContactsContent"] | Schemas["LocationContent"];
type Props = {
  attached: Attached | null;
  workspace: string;
  channel: string;
  provider: string;
  onClose: () => void;
  /** text: names the content. last: no further file waits in the dialog. */
  onSend: (content: Content, text: string, last: boolean) => void;
};

/** Attaches something to an answer: files, uploaded from this computer or by their address, a contact or a place. */
export function AttachDialog({ attached, ...rest }: Props) {
  return attached && <Ways attached={attached} {...rest} />;
}

function Ways({ attached, onClose, onSend, ...rest }: Props & { attached: Attached }) {
  const { composer: t } = useTexts();
  const [way, setWay] = useState<(typeof WAYS)[number]>(attached.first.url === "" ? "computer" : "address");
  const [files, setFiles] = useState(attached.files);
  useEffect(() => setFiles(attached.files), [attached.files]);
  const sendFile = (file: FileContent, last: boolean) =>
    onSend(file, file.caption || file.filename || file.url, last);
  const drop = (event: DragEvent<HTMLElement>) => {
    const dropped = [...event.dataTransfer.files];
    if (way !== "computer" || dropped.length === 0 || event.defaultPrevented) return;
    event.preventDefault();
    setFiles([...files, ...dropped]);
  };
  const isFile = way === "computer" || way === "address";
  return (
    <FormModal
      opened
      onClose={onClose}
      title={isFile ? t.fileTitle : t.ways[way]}
      values={files.map((file) => file.name)}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: files can be picked by the button, too */}
      <div onDrop={drop}>
        {way === "computer" && (
          <UploadForm
            {...rest}
            files={files}
            onFiles={setFiles}
            onSend={(file) => {
              sendFile(file, files.length <= 1);
              setFiles(files.slice(1));
            }}
          />
        )}
        {way === "address" && <AddressForm first={attached.first} onSend={(file) => sendFile(file, true)} />}
        <Suspense fallback={<Loading h={120} />}>
          {way === "contact" && <ContactForm onSend={(contact, text) => onSend(contact, text, true)} />}
          {way === "place" && <PlaceForm onSend={(place, text) => onSend(place, text, true)} />}
        </Suspense>
        <Group gap="md" mt="sm">
          {WAYS.filter((one) => one !== way).map((one) => (
            <Anchor key={one} component="button" type="button" size="xs" onClick={() => setWay(one)}>
              {t.ways[one]}
            </Anchor>
          ))}
        </Group>
      </div>
    </FormModal>
  );
}
