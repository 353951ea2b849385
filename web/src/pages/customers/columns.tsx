import { Badge, Group, Text } from "@mantine/core";
import { useMemo } from "react";
import { useTexts } from "../../texts";
import { TimeText } from "../../time/TimeText";
import { useFormat } from "../../time/zone";
import type { Column } from "../../ui/DataTable";
import { ConsentBadge } from "./ConsentBadge";
import { type Customer, nameOf } from "./queries";

const MOST_FIELDS = 30;

/** Returns the columns of the table of customers, with those of the custom fields that its rows have. */
export function useCustomerColumns(rows: readonly Customer[]): Column<Customer>[] {
  const { customers } = useTexts();
  const format = useFormat();
  const names = useMemo(() => fieldNames(rows), [rows]);
  return useMemo(
    () => [
      { key: "name", title: customers.name, cell: nameOf, fixed: true },
      { key: "phone", title: customers.phone, cell: (row) => row.phone, nowrap: true },
      { key: "tags", title: customers.tags, cell: (row) => <Tags tags={row.tags} />, grow: true },
      {
        key: "last",
        title: customers.lastContact,
        cell: (row) => <TimeText at={row.last_contacted_at} shape="relative" empty={customers.never} />,
        nowrap: true,
      },
      {
        key: "orders",
        title: customers.orders,
        cell: (row) => <OrderSum customer={row} money={format.money} />,
        align: "end",
        nowrap: true,
      },
      { key: "consent", title: customers.consent, cell: (row) => <ConsentBadge customer={row} /> },
      {
        key: "qualified",
        title: customers.qualified,
        cell: (row) => (row.qualified ? customers.yes : ""),
        hidden: true,
      },
      { key: "username", title: customers.username, cell: (row) => row.username, hidden: true },
      {
        key: "first",
        title: customers.firstSeen,
        cell: (row) => <TimeText at={row.first_seen_at} shape="date" />,
        hidden: true,
        nowrap: true,
      },
      {
        key: "source",
        title: customers.source,
        cell: (row) => String(row.lead_source.headline ?? row.lead_source.source_type ?? ""),
        hidden: true,
      },
      ...names.map((name) => ({
        key: `field:${name}`,
        title: name,
        cell: (row: Customer) => fieldText(row.fields[name]),
        hidden: true,
      })),
    ],
    [customers, format, names],
  );
}

function fieldNames(rows: readonly Customer[]): string[] {
  const found = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row.fields)) found.add(name);
  return [...found].sort().slice(0, MOST_FIELDS);
}

/** Returns the value of a custom field as text. */
export function fieldText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function Tags({ tags }: { tags: readonly string[] }) {
  if (tags.length === 0) return null;
  return (
    <Group gap={4} component="span">
      {tags.slice(0, 4).map((tag) => (
        <Badge key={tag} variant="light" color="gray" tt="none" component="span" maw={180}>
          {tag}
        </Badge>
      ))}
      {tags.length > 4 && (
        <Text span size="xs" c="dimmed">
          +{tags.length - 4}
        </Text>
      )}
    </Group>
  );
}

type Money = (amount: string, currency: string) => string;

function OrderSum({ customer, money }: { customer: Customer; money: Money }) {
  if (!customer.order_count) return "–";
  const sums = Object.entries(customer.order_total).map(([currency, total]) => money(total, currency));
  return `${customer.order_count} · ${sums.join(", ")}`;
}
