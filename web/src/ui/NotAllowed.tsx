import { IconLock } from "@tabler/icons-react";
import { useTexts } from "../texts";
import { EmptyState } from "./EmptyState";

/** Stands for a page whose address somebody has opened without the right to it. text: why, and what helps. */
export function NotAllowed({ text }: { text?: string }) {
  const { common } = useTexts();
  return (
    <EmptyState
      order={1}
      icon={<IconLock size={36} stroke={1.3} aria-hidden />}
      title={common.closed}
      text={text ?? common.closedText}
    />
  );
}
