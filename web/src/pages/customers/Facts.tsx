import { useTexts } from "../../texts";
import { TimeText } from "../../time/TimeText";
import { useFormat } from "../../time/zone";
import classes from "./Customers.module.css";
import { fieldText } from "./columns";
import type { Customer } from "./queries";

/** The facts about a customer, and where they come from. */
export function Facts({ customer }: { customer: Customer }) {
  const { customers } = useTexts();
  const format = useFormat();
  const source = customer.lead_source;
  const rows: [string, React.ReactNode][] = [
    [customers.phone, customer.phone],
    [customers.username, customer.username && `@${customer.username}`],
    [customers.firstSeen, <TimeText key="first" at={customer.first_seen_at} shape="date" />],
    [customers.lastContact, <TimeText key="last" at={customer.last_contacted_at} empty={customers.never} />],
    [
      customers.orders,
      [
        String(customer.order_count),
        ...Object.entries(customer.order_total).map(([currency, total]) => format.money(total, currency)),
      ].join(" · "),
    ],
    [customers.source, [source.source_type, source.headline ?? source.source_id].filter(Boolean).join(": ")],
    [customers.optedOutAt, customer.opted_out && <TimeText key="out" at={customer.opted_out_at} />],
    [
      customers.undeliverable,
      customer.undeliverable_at && <TimeText key="undeliverable" at={customer.undeliverable_at} />,
    ],
    ...Object.entries(customer.fields).map(
      ([name, value]) => [name, fieldText(value)] as [string, React.ReactNode],
    ),
  ];
  return (
    <dl className={classes.facts}>
      {rows
        .filter(([, value]) => value)
        .map(([name, value]) => (
          <Fact key={name} name={name}>
            {value}
          </Fact>
        ))}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd dir="auto">{children}</dd>
    </>
  );
}
