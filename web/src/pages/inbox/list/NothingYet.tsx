import { Anchor } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { answer, api } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";

/** Leads to the first number where no conversation can come because there is none. */
export function NothingYet() {
  const { inbox } = useTexts();
  const { workspace, can } = useMember();
  const channels = useQuery({
    queryKey: [workspace, "channels", "inbox"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/workspaces/{workspace}/channels", { params: { path: { workspace } }, signal })),
    enabled: can("channels_read"),
    staleTime: 30_000,
  });
  if (channels.data?.items.length !== 0) return null;
  return (
    <Anchor component={Link} to={`/w/${workspace}/start` as string} size="sm">
      {inbox.noNumber}
    </Anchor>
  );
}
