import { useMutation } from "@tanstack/react-query";
import { answer, api, newKey } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useCommands } from "./useCommands";

export type Action =
  | { kind: "take-over" | "return-to-bot" | "close" }
  | { kind: "assign"; to: string }
  | { kind: "snooze"; until: string | null }
  | { kind: "labels"; add: string[]; remove: string[] }
  | { kind: "stop-flow" }
  | { kind: "start-flow"; flow: string };

type Shown = { id: string; assigned_to: string };

/**
 * Returns a mutation that carries out an action on a conversation, and ends when the router has decided. It is refused
 * if meanwhile somebody has the conversation who is not shown as its holder.
 */
export function useActions({ id, assigned_to }: Shown) {
  const { workspace } = useMember();
  const { run } = useCommands();
  return useMutation({
    mutationFn: (action: Action) =>
      run((key) => post({ workspace, conversation: id, holder: assigned_to }, action, key), newKey()),
  });
}

const BASE = "/api/v1/workspaces/{workspace}/conversations/{conversation}" as const;

type Where = { workspace: string; conversation: string; holder: string };

function post({ workspace, conversation, holder }: Where, action: Action, key: string) {
  const guard = { if_assigned: holder };
  const params = { path: { workspace, conversation }, header: { "Idempotency-Key": key } };
  switch (action.kind) {
    case "take-over":
      return answer(api.POST(`${BASE}/take-over`, { params, body: guard }));
    case "return-to-bot":
      return answer(api.POST(`${BASE}/return-to-bot`, { params, body: guard }));
    case "close":
      return answer(api.POST(`${BASE}/close`, { params, body: guard }));
    case "assign":
      return answer(api.POST(`${BASE}/assign`, { params, body: { to: action.to, ...guard } }));
    case "snooze":
      return answer(api.POST(`${BASE}/snooze`, { params, body: { until: action.until } }));
    case "labels":
      return answer(api.POST(`${BASE}/labels`, { params, body: { add: action.add, remove: action.remove } }));
    case "start-flow":
      return answer(api.POST(`${BASE}/start-flow`, { params, body: { flow: action.flow, variables: {} } }));
    default:
      return answer(api.POST(`${BASE}/stop-flow`, { params }));
  }
}
