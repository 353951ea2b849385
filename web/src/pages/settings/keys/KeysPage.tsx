import { Button, Text } from "@mantine/core";
import { IconKey, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, type Schemas } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { TimeText } from "../../../time/TimeText";
import { ConfirmDialog } from "../../../ui/ConfirmDialog";
import { type Column, DataTable, wholeList } from "../../../ui/DataTable";
import { EmptyState } from "../../../ui/EmptyState";
import { Page } from "../../../ui/Page";
import { useProof } from "../../../ui/Proof";
import { StateBadge } from "../../../ui/StateBadge";
import { NewKeyDialog } from "./NewKeyDialog";

type Key = Schemas["KeyAnswer"];

/** The keys of programs. */
export function KeysPage() {
  const { settings, keys: texts } = useTexts();
  const { workspace, can } = useMember();
  const client = useQueryClient();
  const withProof = useProof();
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Key | null>(null);
  const query = useQuery({
    queryKey: [workspace, "api-keys"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/workspaces/{workspace}/api-keys", { params: { path: { workspace } }, signal })),
  });
  const revoke = useMutation({
    mutationFn: (key: string) =>
      withProof(() =>
        answer(
          api.DELETE("/api/v1/workspaces/{workspace}/api-keys/{key}", {
            params: { path: { workspace, key } },
          }),
        ),
      ),
    onSuccess: async () => {
      setRevoking(null);
      await client.invalidateQueries({ queryKey: [workspace, "api-keys"] });
    },
  });
  const state = (one: Key) => {
    if (one.revoked_at) return <StateBadge look="off">{texts.revoked}</StateBadge>;
    if (one.ends_at && new Date(one.ends_at) <= new Date())
      return <StateBadge look="off">{texts.ended}</StateBadge>;
    return <StateBadge look="good">{texts.active}</StateBadge>;
  };
  const columns: Column<Key>[] = [
    {
      key: "name",
      title: texts.name,
      fixed: true,
      grow: true,
      cell: (one) => (
        <div>
          <Text size="sm" fw={550}>
            {one.name}
          </Text>
          <Text size="xs" c="dimmed">
            {one.scopes.join(", ")}
          </Text>
        </div>
      ),
    },
    { key: "state", title: texts.state, cell: state },
    {
      key: "used",
      title: texts.used,
      nowrap: true,
      cell: (one) => <TimeText at={one.used_at} shape="relative" empty={texts.never} />,
    },
    {
      key: "ends",
      title: texts.ends,
      nowrap: true,
      cell: (one) => <TimeText at={one.ends_at} shape="date" empty={texts.noEnd} />,
    },
    {
      key: "actions",
      title: "",
      align: "end",
      cell: (one) =>
        can("keys_write") &&
        !one.revoked_at && (
          <Button
            variant="subtle"
            color="red"
            size="compact-sm"
            onClick={() => setRevoking(one)}
            aria-label={`${texts.revoke}: ${one.name}`}
          >
            {texts.revoke}
          </Button>
        ),
    },
  ];
  const make = can("keys_write") && (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>
      {texts.make}
    </Button>
  );
  return (
    <Page
      title={settings.pages.keys}
      text={settings.about.keys}
      actions={
        <>
          <Button component="a" href="/api/v1/docs" target="_blank" variant="default">
            {texts.docs}
          </Button>
          {make}
        </>
      }
    >
      <DataTable
        label={settings.pages.keys}
        columns={columns}
        list={wholeList({ ...query, data: query.data?.items })}
        rowKey={(one) => one.id}
        name={(one) => one.name}
        empty={
          <EmptyState
            icon={<IconKey size={32} stroke={1.5} />}
            title={texts.empty}
            text={texts.emptyText}
            action={make}
          />
        }
      />
      {making && <NewKeyDialog scopes={query.data?.scopes ?? []} onClose={() => setMaking(false)} />}
      {revoking && (
        <ConfirmDialog
          title={texts.revokeTitle(revoking.name)}
          action={texts.revoke}
          onConfirm={() => revoke.mutate(revoking.id)}
          onClose={() => setRevoking(null)}
          pending={revoke.isPending}
          error={revoke.error}
          danger
        >
          {texts.revokeText}
        </ConfirmDialog>
      )}
    </Page>
  );
}
