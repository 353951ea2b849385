import { useState } from "react";
import { Modal, type ModalProps } from "./dialogs/Modal";

/**
 * A dialog with a form: once something is typed, only its buttons close it, so that no slip loses the text. closeOnEscape,
 * closeOnClickOutside: false: nor while nothing is typed.
 */
export function FormModal({
  children,
  closeOnEscape = true,
  closeOnClickOutside = true,
  ...props
}: ModalProps) {
  const [typed, setTyped] = useState(false);
  return (
    <Modal
      {...props}
      closeOnEscape={closeOnEscape && !typed}
      closeOnClickOutside={closeOnClickOutside && !typed}
    >
      <div onInput={() => setTyped(true)}>{children}</div>
    </Modal>
  );
}
