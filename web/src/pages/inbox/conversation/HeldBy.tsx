import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { createContext, useContext } from "react";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";

/** The channel of the conversation that is shown. */
export const ConversationChannel = createContext("");

/** Leads to the channel that holds messages: its page says why, and starts it again. */
export function HeldBy() {
  const { conversation: t } = useTexts();
  const { workspace } = useMember();
  const channel = useContext(ConversationChannel);
  return (
    <Anchor component={Link} to={`/w/${workspace}/settings/channels/${channel}` as string} size="xs">
      {t.heldBy}
    </Anchor>
  );
}
