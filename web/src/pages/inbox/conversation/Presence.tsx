import { useMember } from "../../../app/me";
import type { Who } from "../../../live/frames";
import { useLive } from "../../../live/LiveProvider";
import { usePresence } from "../../../live/presence";
import { useTexts } from "../../../texts";
import classes from "./Conversation.module.css";

/** Says which colleagues are here, and who types. Its line is always there, so that nothing moves. */
export function Presence({ conversation }: { conversation: string }) {
  const { conversation: t } = useTexts();
  const { me } = useMember();
  const { viewers, typists } = usePresence(useLive().presence, conversation, me.id);
  const names = (who: readonly Who[]) => who.map((one) => one.name).join(", ");
  return (
    <div className={classes.presence} role="status" data-presence>
      {typists.length > 0 ? t.typing(names(typists)) : viewers.length > 0 ? t.viewing(names(viewers)) : ""}
    </div>
  );
}
