import { Anchor } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTexts } from "../../../texts";
import { Modal } from "../../../ui/dialogs/Modal";
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
export function AttachDialog({ attached, onClose, ...rest }: Props) {
  const { composer: t } = useTexts();
  return (
    <Modal opened={attached !== null} onClose={onClose} title={t.fileTitle}>
      {attached && <Ways attached={attached} {...rest} />}
    </Modal>
  );
}

function Ways({ attached, onSend, ...rest }: Omit<Props, "onClose" | "attached"> & { attached: Attached }) {
  const { composer: t } = useTexts();
  const [byAddress, setByAddress] = useState(attached.first.url !== "");
  const [files, setFiles] = useState(attached.files);
  useEffect(() => setFiles(attached.files), [attached.files]);
  return (
    <>
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
    </>
  );
}
