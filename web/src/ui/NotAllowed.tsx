import { useTexts } from "../texts";
import { EmptyState } from "./EmptyState";

/** Stands for a page whose address somebody has opened without the right to it. text: why, and what helps. */
export function NotAllowed({ text }: { text?: string }) {
  const { common } = useTexts();
  return <EmptyState title={common.notAllowed} text={text} />;
}
