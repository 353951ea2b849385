import { useTexts } from "../../../texts";
import classes from "./Conversation.module.css";
import { usePresence } from "./usePresence";

/** Says which colleagues are here, and who types. Its line is always there, so that nothing moves. */
export function Presence({ conversation }: { conversation: string }) {
  const { conversation: t } = useTexts();
  const { viewing, typing } = usePresence(conversation);
  return (
    <div className={classes.presence} role="status" data-presence>
      {typing.length > 0
        ? t.typing(typing.join(", "))
        : viewing.length > 0
          ? t.viewing(viewing.join(", "))
          : ""}
    </div>
  );
}
