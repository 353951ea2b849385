import { useQuery } from "@tanstack/react-query";
import { useMember } from "../../../../app/me";
import { limitOf } from "../../../inbox/composer/fit";
import { channelsQuery } from "../../../settings/channels/queries";

/** The longest texts, in characters: of a message, of one with buttons or a caption, of a brief, of others. */
export type Limits = { text: number; body: number; brief: number; unsent: number };

/** Returns the limits of the strictest provider among the workspace's channels. */
export function useLimits(): Limits {
  const { workspace, can } = useMember();
  const channels = useQuery({
    ...channelsQuery(workspace),
    enabled: can("settings_read"),
    refetchInterval: false,
  }).data;
  const text = Math.min(4096, ...(channels?.items.map((one) => limitOf(one.provider)) ?? []));
  return { text, body: Math.min(1024, text), brief: 2000, unsent: 200 };
}
