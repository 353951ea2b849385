import { Badge } from "@mantine/core";
import { useTexts } from "../../texts";
import { readable } from "../../ui/readable";
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
  const color = COLORS[known] ?? "gray";
  return (
    <Badge color={color} variant="light" tt="none" style={readable(color)}>
      {orders.states[known] ?? state}
    </Badge>
  );
}
