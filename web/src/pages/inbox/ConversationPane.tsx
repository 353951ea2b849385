import { useParams } from "@tanstack/react-router";
import { Conversation } from "./conversation/Conversation";

/** The conversation in the address. Each one begins anew, so that nothing typed in one is ever in another. */
export function ConversationPane() {
  const { conversation } = useParams({ from: "/w/$workspace/inbox/$conversation" });
  return <Conversation id={conversation} key={conversation} />;
}
