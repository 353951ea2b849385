import { Badge } from "@mantine/core";
import { useTexts } from "../../texts";
import type { OrderState } from "./routes";

const COLORS: Record<OrderState, string> = {
  placed: "orange",
  confirmed: "blue",
  paid: "grape",
  shipped: "cyan",
  delivered: "parley",
  cancelled: "gray",
};

/** The state of an order, in words and a colour. */
export function OrderBadge({ state }: { state: string }) {
  const { orders } = useTexts();
  const known = state as OrderState;
  return (
    <Badge color={COLORS[known] ?? "gray"} variant="light" tt="none">
      {orders.states[known] ?? state}
    </Badge>
  );
}
