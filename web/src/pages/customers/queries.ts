import { queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../../api/client";
import type { CustomersSearch } from "./routes";

export type Customer = Schemas["CustomerAnswer"];

export const customersKey = (workspace: string, search: CustomersSearch) =>
  [workspace, "customers", search] as const;

/** Reads a page of customers. A search finds the best matches only. */
export function loadCustomers(
  workspace: string,
  { q = "", tag = "", segment = "" }: CustomersSearch,
  cursor: string | undefined,
  signal: AbortSignal,
) {
  const query = q ? { q } : { tag, segment, ...(cursor ? { cursor } : {}) };
  return answer(
    api.GET("/api/v1/workspaces/{workspace}/customers", {
      params: { path: { workspace }, query: { ...query, limit: 100 } },
      signal,
    }),
  );
}

export const customerQuery = (workspace: string, customer: string) =>
  queryOptions({
    queryKey: [workspace, "customer", customer],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/customers/{customer}", {
          params: { path: { workspace, customer } },
          signal,
        }),
      ),
  });

/** Returns what a customer is called: the name, else number or user name. */
export function nameOf(customer: Customer): string {
  return customer.name || customer.phone || (customer.username && `@${customer.username}`) || customer.id;
}
