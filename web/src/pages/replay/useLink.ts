import { useClipboard } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";

/** Returns a function that copies the page's address with its filters, or that of one message, for a colleague. */
export function useLink(message?: string): { copied: boolean; copy: () => void } {
  const { copied, copy } = useClipboard();
  const address = () => {
    const here = new URL(window.location.href);
    if (message) here.search = new URLSearchParams({ message }).toString();
    return here.href;
  };
  return {
    copied,
    copy: () => {
      if ("clipboard" in navigator) copy(address());
      else notifications.show({ message: address(), autoClose: false }); // the browser copies on safe addresses only
    },
  };
}
