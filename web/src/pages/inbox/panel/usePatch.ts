import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, newKey, type Schemas } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useCommands } from "../conversation/useCommands";

/** Returns a mutation that changes a customer, and ends when the router has decided. */
export function usePatch(customer: string) {
  const client = useQueryClient();
  const { workspace } = useMember();
  const { run } = useCommands();
  return useMutation({
    mutationFn: (change: Partial<Schemas["CustomerPatch"]>) =>
      run(
        () =>
          answer(
            api.PATCH("/api/v1/workspaces/{workspace}/customers/{customer}", {
              params: { path: { workspace, customer } },
              body: { name: "", add_tags: [], remove_tags: [], fields: {}, ...change },
            }),
          ),
        newKey(),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: [workspace, "customers", customer] }),
  });
}
