import { Anchor, Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { answer, api, type Schemas } from "../../api/client";
import { useLanguage } from "../../app/LanguageProvider";
import { useTexts } from "../../texts";
import { shortDuration } from "../../time/short";
import { ErrorState } from "../../ui/ErrorState";
import { Card } from "./Card";
import classes from "./Dashboard.module.css";

/** Customers who wait for a person now, those who wait longest first. */
export function WaitingCard({ workspace }: { workspace: string }) {
  const { dashboard } = useTexts();
  const path = { workspace };
  const counts = useQuery({
    queryKey: [workspace, "folder-counts", "dashboard"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/workspaces/{workspace}/conversations/counts", { params: { path }, signal })),
    refetchInterval: 60_000,
  });
  const longest = useQuery({
    queryKey: [workspace, "waiting-longest"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/conversations", {
          params: { path, query: { folder: "waiting", sort: "waits", limit: 5 } },
          signal,
        }),
      ),
    refetchInterval: 60_000,
  });
  const error = counts.error ?? longest.error;
  if (error && !(counts.data && longest.data))
    return (
      <Card title={dashboard.waiting}>
        <ErrorState error={error} onRetry={() => void Promise.all([counts.refetch(), longest.refetch()])} />
      </Card>
    );
  if (!counts.data || !longest.data)
    return (
      <Card title={dashboard.waiting}>
        <Skeleton h={150} />
      </Card>
    );
  const count = counts.data.waiting;
  return (
    <Card
      title={dashboard.waiting}
      aside={
        <Anchor component={Link} to={`/w/${workspace}/inbox?folder=waiting` as string} size="sm">
          {dashboard.toInbox}
        </Anchor>
      }
    >
      <p className={classes.big}>{count > 99 ? "99+" : count}</p>
      {count === 0 && <Text c="dimmed">{dashboard.nobodyWaits}</Text>}
      <ul className={classes.list}>
        {longest.data.items.map((row) => (
          <WaitingRow key={row.id} row={row} workspace={workspace} />
        ))}
      </ul>
    </Card>
  );
}

function WaitingRow({ row, workspace }: { row: Schemas["ConversationRow"]; workspace: string }) {
  const { dashboard } = useTexts();
  const { language } = useLanguage();
  const waits = row.waits_since ? Date.now() - Date.parse(row.waits_since) : 0;
  return (
    <li>
      <Link className={classes.row} to={`/w/${workspace}/inbox/${row.id}` as string}>
        <span className={classes.name}>{row.customer.name || row.customer.number || dashboard.unnamed}</span>
        <span>{dashboard.waits(shortDuration(waits, language))}</span>
      </Link>
    </li>
  );
}
