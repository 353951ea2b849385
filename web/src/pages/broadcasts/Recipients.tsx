import { Button, Select, Text, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, type Schemas } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { toCsv } from "../../ui/csv";
import { DataTable, useCursorList } from "../../ui/DataTable";
import { save } from "../../ui/download";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorState } from "../../ui/ErrorState";
import type { Broadcast, Reached, Variant } from "./queries";
import { reasonText } from "./reasons";

const STATES: readonly Reached[] = [
  "pending",
  "queued",
  "sent",
  "delivered",
  "read",
  "failed",
  "skipped",
  "cancelled",
];
const MOST_ROWS = 20_000; // of a file that the browser makes

/** The people of a broadcast, by state, each with the reason if it got nothing. */
export function Recipients({ broadcast }: { broadcast: Broadcast }) {
  const { broadcasts, inbox } = useTexts();
  const { workspace } = useMember();
  const format = useFormat();
  const [reached, setReached] = useState<Reached | null>(null);
  const [variant, setVariant] = useState<Variant | null>(null);
  const compared = broadcast.other !== null;
  const load = (cursor: string | undefined, signal?: AbortSignal) =>
    answer(
      api.GET("/api/v1/workspaces/{workspace}/broadcasts/{broadcast}/recipients", {
        params: {
          path: { workspace, broadcast: broadcast.id },
          query: {
            limit: 100,
            ...(reached ? { reached } : {}),
            ...(variant ? { variant } : {}),
            ...(cursor ? { cursor } : {}),
          },
        },
        signal,
      }),
    );
  const list = useCursorList([workspace, "broadcasts", broadcast.id, "recipients", reached, variant], load);
  const keep = useMutation({
    mutationFn: async () => {
      const rows: Schemas["RecipientRow"][] = [];
      let cursor: string | undefined;
      do {
        const page = await load(cursor);
        rows.push(...page.items);
        cursor = page.next ?? undefined;
      } while (cursor && rows.length < MOST_ROWS);
      const lines = rows.map((row) => [
        row.name,
        row.phone,
        row.reached,
        reasonText(row.reason, broadcasts),
        row.code,
        ...(compared ? [(row.variant ?? "").toUpperCase()] : []),
      ]);
      const titles = ["name", "phone", "state", "reason", "code", ...(compared ? ["variant"] : [])];
      const text = toCsv([titles, ...lines]);
      save(new Blob([text], { type: "text/csv" }), `${broadcast.name}.csv`);
      return { cut: cursor !== undefined };
    },
  });
  return (
    <section>
      <Title order={2} mb="sm">
        {broadcasts.recipients}
      </Title>
      {keep.isError && <ErrorState error={keep.error} />}
      {keep.data?.cut && <Text size="sm">{broadcasts.fileCut(format.number(MOST_ROWS))}</Text>}
      <DataTable
        label={broadcasts.recipients}
        list={list}
        rowKey={(row) => row.id}
        name={(row) => row.name || row.phone}
        href={(row) => `/w/${workspace}/customers/${row.customer_id}`}
        tools={
          <>
            <Select
              aria-label={broadcasts.reached}
              value={reached ?? ""}
              allowDeselect={false}
              onChange={(value) => setReached((value || null) as Reached | null)}
              data={[
                { value: "", label: broadcasts.everybody },
                ...STATES.map((value) => ({ value, label: inbox.recipientStates[value] })),
              ]}
            />
            {compared && (
              <Select
                aria-label={broadcasts.variantTitle}
                value={variant ?? ""}
                allowDeselect={false}
                onChange={(value) => setVariant((value || null) as Variant | null)}
                data={[
                  { value: "", label: broadcasts.bothVariants },
                  { value: "a", label: "A" },
                  { value: "b", label: "B" },
                ]}
              />
            )}
            <Button
              variant="default"
              size="sm"
              leftSection={<IconDownload size={16} aria-hidden />}
              loading={keep.isPending}
              disabled={list.rows.length === 0}
              onClick={() => keep.mutate()}
            >
              CSV
            </Button>
          </>
        }
        columns={[
          { key: "name", title: broadcasts.person, cell: (row) => row.name || row.phone },
          { key: "phone", title: broadcasts.phone, cell: (row) => row.phone, nowrap: true },
          ...(compared
            ? [
                {
                  key: "variant",
                  title: broadcasts.variantTitle,
                  cell: (row: Schemas["RecipientRow"]) => row.variant?.toUpperCase(),
                },
              ]
            : []),
          {
            key: "reached",
            title: broadcasts.reached,
            cell: (row) => inbox.recipientStates[row.reached],
          },
          {
            key: "reason",
            title: broadcasts.reason,
            cell: (row) =>
              row.reason && (
                <>
                  {reasonText(row.reason, broadcasts)}
                  {row.code && (
                    <Text span size="xs" c="dimmed">
                      {" "}
                      {row.code}
                    </Text>
                  )}
                </>
              ),
            grow: true,
          },
        ]}
        empty={<EmptyState title={broadcasts.noRecipients} />}
      />
    </section>
  );
}
