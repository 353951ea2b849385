import { Skeleton } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { answer, api } from "../../api/client";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { ErrorState } from "../../ui/ErrorState";
import { Card } from "./Card";
import classes from "./Dashboard.module.css";

export function useChannelList(workspace: string, enabled = true) {
  return useQuery({
    queryKey: [workspace, "channels", "dashboard"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/workspaces/{workspace}/channels", { params: { path: { workspace } }, signal })),
    enabled,
    refetchInterval: 60_000,
  });
}

/** The numbers of the business, and whether they send and receive. */
export function ChannelsCard({ workspace }: { workspace: string }) {
  const { dashboard } = useTexts();
  const format = useFormat();
  const channels = useChannelList(workspace);
  return (
    <Card title={dashboard.channels}>
      {channels.isPending && <Skeleton h={60} />}
      {channels.isError && <ErrorState error={channels.error} onRetry={() => channels.refetch()} />}
      {channels.data?.items.length === 0 && (
        <Link className={classes.row} to={`/w/${workspace}/start` as string}>
          {dashboard.noChannel}
        </Link>
      )}
      <ul className={classes.list}>
        {channels.data?.items.map((one) => (
          <li key={one.id}>
            <Link className={classes.row} to={`/w/${workspace}/settings/channels/${one.id}` as string}>
              <span className={classes.channel} data-stopped={one.stopped ? true : undefined}>
                {one.stopped ? (
                  <IconAlertTriangle size={18} aria-hidden />
                ) : (
                  <IconCircleCheck size={18} aria-hidden />
                )}
                <strong>{one.address}</strong>
                {one.id}
              </span>
              <span>
                {one.stopped
                  ? dashboard.stopsSince(format.relative(one.stopped.since), one.stopped.reason)
                  : one.webhooks.accepted_at
                    ? dashboard.lastWebhook(format.relative(one.webhooks.accepted_at))
                    : dashboard.noWebhook}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}
