import { Modal, type ModalProps } from "@mantine/core";
import { useState } from "react";

/** A dialog with a form: once something is typed, only its buttons close it, so that no slip loses the text. */
export function FormModal({ children, ...props }: ModalProps) {
  const [typed, setTyped] = useState(false);
  return (
    <Modal closeOnEscape={!typed} closeOnClickOutside={!typed} {...props}>
      <div onInput={() => setTyped(true)}>{children}</div>
    </Modal>
  );
}
