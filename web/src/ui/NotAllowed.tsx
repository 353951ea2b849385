import { useTexts } from "../texts";
import { EmptyState } from "./EmptyState";

/** Stands for a page whose address somebody has opened without the right to it. */
export function NotAllowed() {
  const { common } = useTexts();
  return <EmptyState title={common.notAllowed} />;
}
