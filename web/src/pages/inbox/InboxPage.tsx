import { Avatar, Badge, Group, SegmentedControl, Stack, Text, UnstyledButton } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { answer, api } from "../../api/client";
import { useTexts } from "../../texts";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorState } from "../../ui/ErrorState";
import { Loading } from "../../ui/Loading";
import classes from "./Inbox.module.css";
import { FOLDERS, type Folder } from "./routes";

export function InboxPage() {
  const { inbox } = useTexts();
  const { workspace, conversation } = useParams({ strict: false }) as {
    workspace: string;
    conversation?: string;
  };
  const { folder = "all" } = useSearch({ from: "/w/$workspace/inbox" });
  const navigate = useNavigate();
  const list = useInfiniteQuery({
    queryKey: [workspace, "conversations", { folder }],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/conversations", {
          params: { path: { workspace }, query: { folder, ...(pageParam ? { cursor: pageParam } : {}) } },
          signal,
        }),
      ),
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className={classes.panes} data-open={conversation ? "conversation" : "list"}>
      <section className={classes.list} aria-label={inbox.title}>
        <SegmentedControl
          size="xs"
          m="xs"
          aria-label={inbox.folders}
          value={folder}
          onChange={(next) => navigate({ to: ".", search: { folder: next as Folder } })}
          data={FOLDERS.map((value) => ({ value, label: inbox[value] }))}
        />
        {list.isPending && <Loading />}
        {list.isError && <ErrorState error={list.error} onRetry={() => list.refetch()} />}
        {list.isSuccess && rows.length === 0 && <EmptyState title={inbox.empty} text={inbox.emptyText} />}
        {rows.map((row) => (
          <UnstyledButton
            key={row.id}
            component={Link}
            to={`/w/${workspace}/inbox/${row.id}` as string}
            className={classes.row}
          >
            <Group wrap="nowrap" gap="sm">
              <Avatar name={row.customer.name || row.customer.number} color="initials" />
              <Stack gap={2} flex={1} miw={0}>
                <Text fw={600} truncate>
                  {row.customer.name || row.customer.number}
                </Text>
                <Text size="sm" c="dimmed" truncate>
                  {row.preview?.text}
                </Text>
              </Stack>
              {row.unread > 0 && <Badge circle>{row.unread}</Badge>}
            </Group>
          </UnstyledButton>
        ))}
      </section>
      <section className={classes.conversation}>
        {conversation ? <Outlet /> : <EmptyState title={inbox.choose} />}
      </section>
    </div>
  );
}
