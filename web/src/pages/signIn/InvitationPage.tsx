import { NotBuilt } from "../../ui/NotBuilt";

export function InvitationPage() {
  return <NotBuilt />;
}
