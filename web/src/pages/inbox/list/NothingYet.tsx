import { Anchor } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { channelsQuery } from "../../settings/channels/queries";

/** Leads to the first number where no conversation can come because there is none. */
export function NothingYet() {
  const { inbox } = useTexts();
  const { workspace, can } = useMember();
  const channels = useQuery({
    ...channelsQuery(workspace),
    enabled: can("channels_read"),
    refetchInterval: false,
  });
  if (channels.data?.items.length !== 0) return null;
  return (
    <Anchor component={Link} to={`/w/${workspace}/start` as string} size="sm">
      {inbox.noNumber}
    </Anchor>
  );
}
