import { useSuspenseQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import type { Schemas } from "../api/client";
import { meQuery } from "../api/meQuery";
import { RIGHTS } from "../api/rights";

export { meQuery };

export type Right = keyof typeof RIGHTS;
export type Member = Schemas["OwnMembership"] & { me: Schemas["Me"]; can: (right: Right) => boolean };

/** Says whether a member sees all conversations; others see no replays, which are of all. */
export const seesAll = ({ sees, channels }: Pick<Member, "sees" | "channels">): boolean =>
  sees === "all" && channels.length === 0;

/** Returns the person as a member of the workspace in the address. Only below the workspace's frame. */
export function useMember(): Member {
  const { workspace } = useParams({ from: "/w/$workspace" });
  const me = useSuspenseQuery(meQuery).data;
  const membership = me.workspaces.find((one) => one.workspace === workspace);
  if (!membership) throw new Error("the frame shows no page to people who are not members");
  return {
    ...membership,
    me,
    can: (right) => (RIGHTS[right] as readonly string[]).includes(membership.role),
  };
}
