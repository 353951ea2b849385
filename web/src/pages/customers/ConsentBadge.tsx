import { Badge, Group } from "@mantine/core";
import { useTexts } from "../../texts";
import type { Customer } from "./queries";

/** Says what a customer does not want, and whether messages arrive. Nothing if all is well. */
export function ConsentBadge({ customer }: { customer: Customer }) {
  const { customers } = useTexts();
  const less = customer.opted_out_of === "marketing" ? "orange" : "red";
  if (!customer.opted_out && !customer.undeliverable_at) return null;
  return (
    <Group gap={4}>
      {customer.opted_out && (
        <Badge color={less} variant="light" tt="none">
          {customer.opted_out_of === "marketing" ? customers.noMarketing : customers.optedOut}
        </Badge>
      )}
      {customer.undeliverable_at && (
        <Badge color="orange" variant="light" tt="none">
          {customers.undeliverable}
        </Badge>
      )}
    </Group>
  );
}
