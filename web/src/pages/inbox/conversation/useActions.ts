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

/** Returns a mutation that carries out an action on a conversation, and ends when the router has decided. */
export function useActions(conversation: string) {
  const { workspace } = useMember();
  const { run } = useCommands();
  return useMutation({
    mutationFn: (action: Action) => run((key) => post(workspace, conversation, action, key), newKey()),
  });
}

const BASE = "/api/v1/workspaces/{workspace}/conversations/{conversation}" as const;

function post(workspace: string, conversation: string, action: Action, key: string) {
  const params = { path: { workspace, conversation }, header: { "Idempotency-Key": key } };
  switch (action.kind) {
    case "take-over":
      return answer(api.POST(`${BASE}/take-over`, { params, body: {} }));
    case "return-to-bot":
      return answer(api.POST(`${BASE}/return-to-bot`, { params, body: {} }));
    case "close":
      return answer(api.POST(`${BASE}/close`, { params, body: {} }));
    case "assign":
      return answer(api.POST(`${BASE}/assign`, { params, body: { to: action.to } }));
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
