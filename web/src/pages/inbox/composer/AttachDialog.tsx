import { Anchor } from "@mantine/core";
import { type DragEvent, useEffect, useState } from "react";
import { useTexts } from "../../../texts";
import { FormModal } from "../../../ui/FormModal";
import { AddressForm } from "./AddressForm";
import type { Attached, FileContent } from "./attached";
import { UploadForm } from "./UploadForm";

type Props = {
  attached: Attached | null;
  workspace: string;
  channel: string;
  provider: string;
  onClose: () => void;
  /** last: no further file waits in the dialog. */
  onSend: (file: FileContent, last: boolean) => void;
};

/** Attaches files to an answer: uploaded from this computer, or by their address. */
export function AttachDialog({ attached, ...rest }: Props) {
  return attached && <Ways attached={attached} {...rest} />;
}

function Ways({ attached, onClose, onSend, ...rest }: Props & { attached: Attached }) {
  const { composer: t } = useTexts();
  const [byAddress, setByAddress] = useState(attached.first.url !== "");
  const [files, setFiles] = useState(attached.files);
  useEffect(() => setFiles(attached.files), [attached.files]);
  const drop = (event: DragEvent<HTMLElement>) => {
    const dropped = [...event.dataTransfer.files];
    if (byAddress || dropped.length === 0 || event.defaultPrevented) return;
    event.preventDefault();
    setFiles([...files, ...dropped]);
  };
  return (
    <FormModal opened onClose={onClose} title={t.fileTitle} values={files.map((file) => file.name)}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: files can be picked by the button, too */}
      <div onDrop={drop}>
        {byAddress ? (
          <AddressForm first={attached.first} onSend={(file) => onSend(file, true)} />
        ) : (
          <UploadForm
            {...rest}
            files={files}
            onFiles={setFiles}
            onSend={(file) => {
              onSend(file, files.length <= 1);
              setFiles(files.slice(1));
            }}
          />
        )}
        <Anchor component="button" type="button" size="xs" mt="sm" onClick={() => setByAddress(!byAddress)}>
          {byAddress ? t.fromComputer : t.byAddress}
        </Anchor>
      </div>
    </FormModal>
  );
}
