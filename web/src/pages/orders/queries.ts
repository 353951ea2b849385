import { answer, api, type Schemas } from "../../api/client";
import type { OrderState } from "./routes";

export type Order = Schemas["OrderAnswer"];

/** Reads a page of orders in a state, or those whose number begins so. */
export function loadOrders(
  workspace: string,
  filter: { state?: OrderState; number?: string },
  cursor: string | undefined,
  signal: AbortSignal,
) {
  return answer(
    api.GET("/api/v1/workspaces/{workspace}/orders", {
      params: { path: { workspace }, query: { ...filter, ...(cursor ? { cursor } : {}) } },
      signal,
    }),
  );
}
