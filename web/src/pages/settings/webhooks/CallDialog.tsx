import { Button, Group, Stack, Table, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { answer, api, newKey } from "../../../api/client";
import { ProblemError } from "../../../api/problem";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { TimeText } from "../../../time/TimeText";
import { Modal } from "../../../ui/dialogs/Modal";
import { Loading } from "../../../ui/Loading";
import { looksOf, nextLook } from "../../../ui/polling";
import { RequestError } from "../../../ui/RequestError";

type Props = { webhook: string; call: string; onReplayed: () => void; onClose: () => void };

/** One call with its attempts. A test call is waited for until it has a result. */
export function CallDialog({ webhook, call, onReplayed, onClose }: Props) {
  const { webhooks: texts, common } = useTexts();
  const { workspace, can } = useMember();
  const key = useRef(newKey());
  const query = useQuery({
    queryKey: [workspace, "webhook-call", webhook, call],
    queryFn: async ({ signal }) => {
      const page = await answer(
        api.GET("/api/v1/workspaces/{workspace}/webhooks/{webhook}/log", {
          params: { path: { workspace, webhook } },
          signal,
        }),
      );
      const found = page.items.find((one) => one.id === call);
      if (found || page.items.length < 50) return found ?? null;
      try {
        return await answer(
          api.GET("/api/v1/workspaces/{workspace}/webhooks/{webhook}/log/{call}", {
            params: { path: { workspace, webhook, call } },
            signal,
          }),
        );
      } catch (error) {
        if (error instanceof ProblemError && error.status === 404) return null; // it is written in a moment
        throw error;
      }
    },
    refetchInterval: ({ state }) =>
      state.data && state.data.outcome !== "waiting" ? false : nextLook(looksOf(state)),
    staleTime: 0,
  });
  const replay = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/workspaces/{workspace}/webhooks/{webhook}/replay", {
          params: { path: { workspace, webhook }, header: { "Idempotency-Key": key.current } },
          body: { call },
        }),
      ),
    onSuccess: () => {
      key.current = newKey();
      notifications.show({ message: texts.replayed(1), color: "teal" });
      onReplayed();
      void query.refetch();
    },
  });
  const found = query.data;
  return (
    <Modal opened onClose={onClose} title={found?.kind ?? texts.waitingFor} size="lg">
      <Stack gap="sm">
        {!found && !query.isError && <Loading />}
        <RequestError error={query.error} />
        {found && (
          <>
            <Text size="sm">
              {texts.outcomes[found.outcome]}
              {found.error && `: ${found.error}`}
            </Text>
            <Text size="xs" c="dimmed">
              {texts.requestId}: {found.id}
            </Text>
            <Table highlightOnHover={false}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{texts.at}</Table.Th>
                  <Table.Th>{texts.answer}</Table.Th>
                  <Table.Th ta="end">ms</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {found.attempts.map((one) => (
                  <Table.Tr key={one.at}>
                    <Table.Td>
                      <TimeText at={one.at} />
                    </Table.Td>
                    <Table.Td>
                      {[one.status || texts.noAnswer, one.error].filter(Boolean).join(" · ")}
                    </Table.Td>
                    <Table.Td ta="end">{one.ms}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
            {found.tries > found.attempts.length && (
              <Text size="xs" c="dimmed">
                {texts.moreTries(found.tries)}
              </Text>
            )}
          </>
        )}
        <RequestError error={replay.error} />
        <Group justify="flex-end">
          {found && can("webhooks_write") && found.kind !== "webhook.test" && (
            <Button variant="default" onClick={() => replay.mutate()} loading={replay.isPending}>
              {texts.replay}
            </Button>
          )}
          <Button onClick={onClose}>{common.close}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
