import { Button, Group, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, type Schemas } from "../../../api/client";
import { ProblemError } from "../../../api/problem";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { ConfirmDialog } from "../../../ui/ConfirmDialog";
import { ErrorState } from "../../../ui/ErrorState";
import { FormModal } from "../../../ui/FormModal";
import { Loading } from "../../../ui/Loading";
import { useProof } from "../../../ui/Proof";
import { RequestError } from "../../../ui/RequestError";
import { type Access, AccessFields } from "./AccessFields";

type Props = { member: Schemas["MemberAnswer"]; onClose: () => void };

/** One member: role, what the person sees, sessions, removal. */
export function MemberDialog({ member, onClose }: Props) {
  const { people: texts, common, forms } = useTexts();
  const own = useMember();
  const { workspace } = own;
  const client = useQueryClient();
  const withProof = useProof();
  const [draft, setDraft] = useState<Access | null>(null);
  const [seen, setSeen] = useState<string | null>(null); // the tag of what the draft was made over
  const [removing, setRemoving] = useState(false);
  const path = { workspace, member: member.id };
  const read = useQuery({
    queryKey: [workspace, "member", member.id],
    queryFn: async ({ signal }) => {
      const request = api.GET("/api/v1/workspaces/{workspace}/members/{member}", {
        params: { path },
        signal,
      });
      const found = await answer(request);
      return { ...found, etag: (await request).response.headers.get("ETag") };
    },
    staleTime: 0,
  });
  const now = read.data ?? member;
  const access: Access = draft ?? { role: now.role, sees: now.sees, channels: now.channels };
  const mayChange =
    own.can("members_write") && (own.role === "owner" || now.role === "agent" || now.role === "viewer");
  const refresh = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: [workspace, "members"] }),
      client.invalidateQueries({ queryKey: [workspace, "member", member.id] }),
      client.invalidateQueries({ queryKey: ["me"] }),
    ]);
  const save = useMutation({
    mutationFn: () =>
      withProof(() =>
        answer(
          api.PATCH("/api/v1/workspaces/{workspace}/members/{member}", {
            params: { path, header: { "If-Match": seen } },
            body: access,
          }),
        ),
      ),
    onSuccess: async () => {
      await refresh();
      notifications.show({ message: forms.saved, color: "teal" });
      onClose();
    },
    onError: async (error) => {
      if (!(error instanceof ProblemError) || error.status !== 412) return;
      const { data } = await read.refetch();
      if (data) setSeen(data.etag);
    },
  });
  const end = useMutation({
    mutationFn: () =>
      withProof(() =>
        answer(api.DELETE("/api/v1/workspaces/{workspace}/members/{member}/sessions", { params: { path } })),
      ),
    onSuccess: ({ ended }) => notifications.show({ message: texts.ended(ended), color: "teal" }),
  });
  const remove = useMutation({
    mutationFn: () =>
      withProof(() =>
        answer(api.DELETE("/api/v1/workspaces/{workspace}/members/{member}", { params: { path } })),
      ),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: [workspace, "members"] });
      onClose();
    },
  });
  const outdated = save.error instanceof ProblemError && save.error.status === 412;
  if (mayChange && !read.data)
    return (
      <FormModal opened onClose={onClose} title={member.name} size="lg" values={draft}>
        {read.isError ? <ErrorState error={read.error} onRetry={() => read.refetch()} /> : <Loading />}
      </FormModal>
    );
  return (
    <FormModal opened onClose={onClose} title={member.name} size="lg" values={draft}>
      <Stack>
        {mayChange ? (
          <AccessFields
            value={access}
            onChange={(next) => {
              if (!draft) setSeen(read.data?.etag ?? null);
              setDraft(next);
            }}
          />
        ) : (
          <Text size="sm">
            {texts.roles[now.role].label}: {texts.roles[now.role].text}
          </Text>
        )}
        {draft && <Text size="sm">{texts.releaseText}</Text>}
        {outdated ? (
          <Text size="sm">{texts.outdated(texts.roles[now.role].label)}</Text>
        ) : (
          <RequestError error={save.error} />
        )}
        <RequestError error={end.error} />
        <Group justify="space-between">
          <Group gap="xs">
            {mayChange && (
              <>
                <Button variant="default" size="xs" onClick={() => end.mutate()} loading={end.isPending}>
                  {texts.endSessions}
                </Button>
                <Button variant="subtle" color="red" size="xs" onClick={() => setRemoving(true)}>
                  {texts.remove}
                </Button>
              </>
            )}
          </Group>
          <Group gap="xs">
            <Button variant="default" onClick={onClose}>
              {common.close}
            </Button>
            {mayChange && (
              <Button onClick={() => save.mutate()} disabled={!draft} loading={save.isPending}>
                {common.save}
              </Button>
            )}
          </Group>
        </Group>
      </Stack>
      {removing && (
        <ConfirmDialog
          title={texts.removeTitle(member.name)}
          action={texts.remove}
          onConfirm={() => remove.mutate()}
          onClose={() => setRemoving(false)}
          pending={remove.isPending}
          error={remove.error}
          danger
        >
          {texts.removeText}
        </ConfirmDialog>
      )}
    </FormModal>
  );
}
