import { useState } from "react";
import { Modal, type ModalProps } from "./dialogs/Modal";
import { isSame } from "./form/values";

/** values: all that can be changed in the form, as JSON. */
type Props = ModalProps & { values: unknown };

/**
 * A dialog with a form, on the page only while it is open: once something is changed or typed, only its buttons close
 * it, so that no slip loses the work.
 */
export function FormModal({
  values,
  children,
  closeOnEscape = true,
  closeOnClickOutside = true,
  ...props
}: Props) {
  const [first] = useState(values);
  // Text that is typed but no value yet, such as a tag before Enter.
  const [typed, setTyped] = useState(false);
  const untouched = !typed && isSame(first, values);
  return (
    <Modal
      {...props}
      closeOnEscape={closeOnEscape && untouched}
      closeOnClickOutside={closeOnClickOutside && untouched}
    >
      <div onInput={() => setTyped(true)}>{children}</div>
    </Modal>
  );
}
