import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";
import { withTexts } from "../../texts";

export const ORDER_STATES = ["placed", "confirmed", "paid", "shipped", "delivered", "cancelled"] as const;
export type OrderState = (typeof ORDER_STATES)[number];
export type OrdersSearch = { state?: OrderState; number?: string; view?: "board"; order?: string };

export const orderRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "orders",
    validateSearch: (search): OrdersSearch => ({
      ...(ORDER_STATES.includes(search.state as OrderState) ? { state: search.state as OrderState } : {}),
      ...(search.number ? { number: String(search.number) } : {}),
      ...(search.view === "board" ? { view: "board" as const } : {}),
      ...(search.order ? { order: String(search.order) } : {}),
    }),
    component: lazyRouteComponent(
      withTexts(() => import("./OrdersPage"), "orders"),
      "OrdersPage",
    ),
  }),
] as const;
