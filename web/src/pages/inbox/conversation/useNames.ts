import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Schemas } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { membersQuery } from "../members";

/** Returns the members of the workspace. */
export function useMembers(): Schemas["MemberAnswer"][] {
  const { workspace } = useMember();
  return useQuery(membersQuery(workspace)).data?.items ?? NONE;
}

const NONE: Schemas["MemberAnswer"][] = [];

/** Returns a function from a member's id (or `key:…`) to the name that is shown. */
export function useNames(): (id: string) => string {
  const { conversation } = useTexts();
  const { me } = useMember();
  const members = useMembers();
  return useMemo(() => {
    const names = new Map(members.map((one) => [one.id, one.name]));
    return (id) => {
      if (id === me.id) return conversation.you;
      if (id.startsWith("key:")) return conversation.key;
      return names.get(id) ?? conversation.colleague;
    };
  }, [members, me.id, conversation]);
}
