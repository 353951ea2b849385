import { queryOptions, useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../../api/client";
import { useMember } from "../../app/me";

/** All members of the workspace, with their names. */
export const membersQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "members"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/workspaces/{workspace}/members", { params: { path: { workspace } }, signal })),
    staleTime: 300_000,
  });

/** Says whether a conversation of a channel may be assigned to a member. */
export const canAnswer = (member: Schemas["MemberAnswer"], channel: string) =>
  member.assignable && (member.channels.length === 0 || member.channels.includes(channel));

/** Returns a function that gives the name of a member by id. */
export function useMemberName(): (id: string) => string | undefined {
  const { workspace } = useMember();
  const members = useQuery(membersQuery(workspace)).data?.items;
  return (id) => members?.find((one) => one.id === id)?.name;
}
