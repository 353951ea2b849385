import { Button, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { answer, api, newKey } from "../../../api/client";
import { ProblemError } from "../../../api/problem";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { looksOf, nextLook } from "../../../ui/polling";
import { RequestError } from "../../../ui/RequestError";

/** Has delivery try a stopped channel again, and waits for what comes of it. */
export function Resume({ channel }: { channel: string }) {
  const { channels: texts } = useTexts();
  const { workspace } = useMember();
  const client = useQueryClient();
  const key = useRef(newKey());
  const resume = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/workspaces/{workspace}/channels/{channel}/resume", {
          params: { path: { workspace, channel }, header: { "Idempotency-Key": key.current } },
        }),
      ),
    onSuccess: () => {
      key.current = newKey();
    },
  });
  const command = resume.data?.command;
  const outcome = useQuery({
    queryKey: [workspace, "command", command],
    queryFn: async ({ signal }) => {
      try {
        const found = await answer(
          api.GET("/api/v1/workspaces/{workspace}/commands/{command}", {
            params: { path: { workspace, command: command ?? "" } },
            signal,
          }),
        );
        await client.invalidateQueries({ queryKey: [workspace, "channels"] });
        return found;
      } catch (error) {
        if (error instanceof ProblemError && error.status === 404) return null;
        throw error;
      }
    },
    enabled: !!command,
    refetchInterval: ({ state }) => (state.data ? false : nextLook(looksOf(state))),
  });
  return (
    <>
      <Button
        color="red"
        variant="light"
        onClick={() => resume.mutate()}
        loading={resume.isPending || (!!command && !outcome.data && !outcome.error)}
      >
        {texts.resume}
      </Button>
      <RequestError error={resume.error ?? outcome.error} />
      {outcome.data && !outcome.data.done && (
        <Text size="sm">{outcome.data.detail || outcome.data.code}</Text>
      )}
    </>
  );
}
