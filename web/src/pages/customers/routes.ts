import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";
import { withTexts } from "../../texts";

export type CustomersSearch = { q?: string; tag?: string; segment?: string };

function words<const Name extends string>(search: Record<string, unknown>, ...names: Name[]) {
  const found: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = search[name];
    if (typeof value === "string" && value) found[name] = value;
    else if (typeof value === "number") found[name] = String(value);
  }
  return found;
}

export const customersRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: "customers",
  validateSearch: (search): CustomersSearch => words(search, "q", "tag", "segment"),
  component: lazyRouteComponent(
    withTexts(() => import("./CustomersPage"), "customers", "segments"),
    "CustomersPage",
  ),
});

export const importRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: "customers/import",
  validateSearch: (search): { job?: string } => words(search, "job"),
  component: lazyRouteComponent(
    withTexts(() => import("./import/ImportPage"), "customers", "segments"),
    "ImportPage",
  ),
});

export const customerRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: "customers/$customer",
  component: lazyRouteComponent(
    withTexts(() => import("./CustomerPage"), "broadcasts", "customers", "orders"),
    "CustomerPage",
  ),
});

export const customerRoutes = [customersRoute, importRoute, customerRoute] as const;
