import { Select, Text, Title } from "@mantine/core";
import { useState } from "react";
import { answer, api, type Schemas } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { CsvButton } from "../../ui/CsvButton";
import { DataTable, useCursorList } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { reachedText } from "../../ui/reachedText";
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

/** The people of a broadcast, by state, each with the reason if it got nothing. */
export function Recipients({ broadcast }: { broadcast: Broadcast }) {
  const { broadcasts, inbox } = useTexts();
  const member = useMember();
  const { workspace } = member;
  const [reached, setReached] = useState<Reached | null>(null);
  const [variant, setVariant] = useState<Variant | null>(null);
  const compared = broadcast.other !== null;
  const chosen = { ...(reached ? { reached } : {}), ...(variant ? { variant } : {}) };
  const load = (cursor: string | undefined, signal?: AbortSignal) =>
    answer(
      api.GET("/api/v1/workspaces/{workspace}/broadcasts/{broadcast}/recipients", {
        params: {
          path: { workspace, broadcast: broadcast.id },
          query: {
            limit: 100,
            ...chosen,
            ...(cursor ? { cursor } : {}),
          },
        },
        signal,
      }),
    );
  const list = useCursorList([workspace, "broadcasts", broadcast.id, "recipients", reached, variant], load);
  return (
    <section>
      <Title order={2} mb="sm">
        {broadcasts.recipients}
      </Title>
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
            {member.can("customers_export") && list.rows.length > 0 && (
              <CsvButton
                path={`/api/v1/workspaces/${workspace}/broadcasts/${broadcast.id}/recipients?${new URLSearchParams(chosen)}`}
                name={`${broadcast.name}.csv`}
              />
            )}
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
            cell: (row) => reachedText(row.reached, row.reason === "in_doubt", inbox),
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
