import { Modal as MantineModal, type ModalProps } from "@mantine/core";
import { useEscape } from "./useEscape";

export type { ModalProps };

/** Mantine's dialog, which Escape closes only while no other dialog lies over it. */
export function Modal({ closeOnEscape = true, ...props }: ModalProps) {
  useEscape(props.opened, closeOnEscape ? props.onClose : null);
  return <MantineModal {...props} closeOnEscape={false} />;
}
