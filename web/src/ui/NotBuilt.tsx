import { useTexts } from "../texts";
import { EmptyState } from "./EmptyState";

export function NotBuilt() {
  const { common } = useTexts();
  return <EmptyState title={common.notBuilt} order={1} />;
}
