import { Button, Group, Select, Skeleton, Stack, Title } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { answer, api, newKey } from "../../../api/client";
import { ProblemError } from "../../../api/problem";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { TimeText } from "../../../time/TimeText";
import { useFormat } from "../../../time/zone";
import { DataTable, wholeList } from "../../../ui/DataTable";
import { Drawer } from "../../../ui/dialogs/Drawer";
import { EmptyState } from "../../../ui/EmptyState";
import { ErrorState } from "../../../ui/ErrorState";
import { ManagedNote, useEdit } from "../../../ui/edits";
import { Page } from "../../../ui/Page";
import { RowMenu } from "../../../ui/RowMenu";
import { StateBadge } from "../../../ui/StateBadge";
import { useAuthors } from "../authors";
import { Difference } from "../diff/Difference";
import { WholeText } from "../diff/WholeText";
import { flowsQuery, versionsQuery } from "../queries";

const DRAFT = "draft";
const AT = "/w/$workspace/flows/$flow/versions";

/** All versions of a flow, for ever: who published it and why, what differs, and the way back. */
export function VersionsPage() {
  const { flowVersions: t } = useTexts();
  const member = useMember();
  const { workspace } = member;
  const { flow } = useParams({ from: AT });
  const search = useSearch({ from: AT });
  const navigate = useNavigate({ from: AT });
  const format = useFormat();
  const names = useAuthors();
  const query = useQuery(versionsQuery(workspace, flow));
  const flows = useQuery(flowsQuery(workspace)).data;
  const [open, setOpen] = useState<string | null>(null);
  const edit = useEdit("flows");
  const items = query.data?.items ?? [];
  const known = flows?.data.items.some((one) => one.name === flow) ?? false;
  const never = known && query.error instanceof ProblemError && query.error.status === 404;
  const hasDraft = Boolean(flows?.data.items.find((one) => one.name === flow)?.draft);
  const title = (version: string) => {
    const found = items.find((one) => one.version === version);
    return found ? `${format.dateTime(found.at)} · ${version.slice(0, 7)}` : t.draft;
  };
  const compareWith = (old: string, next: string) =>
    void navigate({ search: { old, new: next }, replace: true });
  const rollBack = (version: string) =>
    edit.ask(
      {
        tag: flows?.tag ?? "",
        send: ({ dry_run, tag, key }) =>
          answer(
            api.POST("/api/v1/workspaces/{workspace}/flows/{name}/rollback", {
              params: {
                path: { workspace, name: flow },
                query: { dry_run },
                header: { "Idempotency-Key": key, "If-Match": tag },
              },
              body: { version },
            }),
          ),
      },
      newKey(),
    );
  const choices = [
    ...(hasDraft ? [{ value: DRAFT, label: t.draft }] : []),
    ...items.map((one) => ({ value: one.version, label: title(one.version) })),
  ];
  return (
    <Page
      wide
      title={t.title(flow)}
      text={t.intro}
      actions={
        <Button component={Link} to={`/w/${workspace}/flows/${flow}` as string} variant="default">
          {t.toBuilder}
        </Button>
      }
    >
      <ManagedNote managed={flows?.data.managed} />
      {edit.error ? <ErrorState error={edit.error} /> : null}
      <DataTable
        label={t.title(flow)}
        list={wholeList({ ...query, data: query.data?.items, error: never ? null : query.error })}
        rowKey={(row) => row.version}
        name={(row) => title(row.version)}
        onOpen={(row) => setOpen(row.version)}
        columns={[
          { key: "at", title: t.at, cell: (row) => <TimeText at={row.at} />, nowrap: true },
          { key: "by", title: t.by, cell: (row) => (row.by ? names(row.by) : t.file), nowrap: true },
          { key: "note", title: t.note, cell: (row) => row.note || "–", grow: true },
          {
            key: "state",
            title: t.state,
            cell: (row) => row.published && <StateBadge look="good">{t.published}</StateBadge>,
          },
          { key: "running", title: t.running, cell: (row) => format.number(row.running), align: "end" },
          {
            key: "menu",
            title: "",
            cell: (row) => (
              <RowMenu
                name={title(row.version)}
                items={[
                  { label: t.show, run: () => setOpen(row.version) },
                  ...older(items, row.version).map((before) => ({
                    label: t.compareBefore,
                    run: () => compareWith(before, row.version),
                  })),
                  ...(member.can("flows_write") && !row.published
                    ? [{ label: t.rollBack, run: () => rollBack(row.version) }]
                    : []),
                ]}
              />
            ),
          },
        ]}
        empty={
          <EmptyState
            icon={<IconHistory size={36} stroke={1.3} aria-hidden />}
            title={t.none}
            text={t.noneText}
          />
        }
      />
      {choices.length > 1 && (
        <Compare
          flow={flow}
          choices={choices}
          old={search.old ?? older(items, items[0]?.version ?? "")[0] ?? items[0]?.version ?? ""}
          next={search.new ?? choices[0]?.value ?? ""}
          onChoose={compareWith}
        />
      )}
      {open && <VersionDrawer flow={flow} version={open} title={title(open)} onClose={() => setOpen(null)} />}
      {edit.dialog}
    </Page>
  );
}

/** Returns the version before another, if there is one: the list begins with the newest. */
function older(items: readonly { version: string }[], version: string): string[] {
  const found = items[items.findIndex((one) => one.version === version) + 1];
  return found ? [found.version] : [];
}

type CompareProps = {
  flow: string;
  choices: { value: string; label: string }[];
  old: string;
  next: string;
  onChoose: (old: string, next: string) => void;
};

function Compare({ flow, choices, old, next, onChoose }: CompareProps) {
  const { flowVersions: t } = useTexts();
  const { workspace } = useMember();
  const difference = useQuery({
    queryKey: [workspace, "flows", "difference", flow, old, next],
    enabled: Boolean(old && next),
    staleTime: next === DRAFT || old === DRAFT ? 0 : 300_000,
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/flows/{name}/diff", {
          params: { path: { workspace, name: flow }, query: { old, new: next } },
          signal,
        }),
      ),
  });
  const select = (label: string, value: string, choose: (value: string) => void) => (
    <Select
      label={label}
      data={choices}
      value={value}
      allowDeselect={false}
      onChange={(chosen) => chosen && choose(chosen)}
      miw={260}
    />
  );
  return (
    <section aria-label={t.compare} style={{ marginTop: 36 }}>
      <Title order={2} size="h4" mb="sm">
        {t.compare}
      </Title>
      <Group mb="md">
        {select(t.from, old, (value) => onChoose(value, next))}
        {select(t.to, next, (value) => onChoose(old, value))}
      </Group>
      {difference.error ? (
        <ErrorState error={difference.error} onRetry={() => void difference.refetch()} />
      ) : null}
      {difference.isPending && <Skeleton height={120} />}
      {difference.data && <Difference difference={difference.data} />}
    </section>
  );
}

type DrawerProps = { flow: string; version: string; title: string; onClose: () => void };

function VersionDrawer({ flow, version, title, onClose }: DrawerProps) {
  const { workspace } = useMember();
  const query = useQuery({
    queryKey: [workspace, "flows", "version", flow, version],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/flows/{name}/versions/{version}", {
          params: { path: { workspace, name: flow, version } },
          signal,
        }),
      ),
  });
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" title={title}>
      <Stack>
        {query.error ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
        {query.isPending && <Skeleton height={240} />}
        {query.data && <WholeText text={query.data.source} label={title} />}
      </Stack>
    </Drawer>
  );
}
