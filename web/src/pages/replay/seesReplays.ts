import type { Member } from "../../app/me";

/** Says whether a member sees replays: they are of all conversations. */
export const seesReplays = ({ sees, channels }: Pick<Member, "sees" | "channels">): boolean =>
  sees === "all" && channels.length === 0;
