import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../../../api/client";
import { useMember } from "../../../app/me";

/** Returns a customer. */
export function useCustomer(customer: string) {
  const { workspace } = useMember();
  return useQuery({
    queryKey: [workspace, "customers", customer],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/customers/{customer}", {
          params: { path: { workspace, customer } },
          signal,
        }),
      ),
  });
}
