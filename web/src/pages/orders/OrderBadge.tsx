import { Badge } from "@mantine/core";
import type { OrderState } from "./routes";

const COLORS: Record<OrderState, string> = {
  placed: "orange",
  confirmed: "blue",
  paid: "grape",
  shipped: "cyan",
  delivered: "parley",
  cancelled: "gray",
};

/** The state of an order, in words and a colour. names: of the states. */
export function OrderBadge({ state, names }: { state: string; names: Readonly<Record<string, string>> }) {
  return (
    <Badge color={COLORS[state as OrderState] ?? "gray"} variant="light" tt="none">
      {names[state] ?? state}
    </Badge>
  );
}
