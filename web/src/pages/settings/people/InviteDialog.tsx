import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { answer, api, newKey } from "../../../api/client";
import { ProblemError } from "../../../api/problem";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { CopyField } from "../../../ui/CopyField";
import { FormModal } from "../../../ui/FormModal";
import { useProof } from "../../../ui/Proof";
import { RequestError } from "../../../ui/RequestError";
import { type Access, AccessFields } from "./AccessFields";
import { useInvitations } from "./useInvitations";

/** Invites somebody; shows the link to pass on when no e-mail is sent. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { people: texts, common } = useTexts();
  const { workspace } = useMember();
  const shown = useInvitations();
  const withProof = useProof();
  const [email, setEmail] = useState("");
  const [access, setAccess] = useState<Access>({ role: "agent", sees: "all", channels: [] });
  const key = useRef(newKey());
  const invite = useMutation({
    mutationFn: () =>
      withProof(() =>
        answer(
          api.POST("/api/v1/workspaces/{workspace}/invitations", {
            params: { path: { workspace }, header: { "Idempotency-Key": key.current } },
            body: { email: email.trim(), ...access },
          }),
        ),
      ),
    onSuccess: () => {
      if (shown.data) void shown.refetch();
    },
    onError: (error) => {
      if (error instanceof ProblemError && error.status < 500) key.current = newKey();
    },
  });
  const made = invite.data;
  return (
    <FormModal opened onClose={onClose} title={texts.invite} size="lg" values={{ email, access }}>
      {made ? (
        <Stack>
          <Text size="sm">{made.mailed ? texts.mailed(made.email) : texts.passOn(made.email)}</Text>
          {made.link && <CopyField label={texts.link} value={made.link} text={texts.linkText} />}
          <Group justify="flex-end">
            <Button onClick={onClose}>{common.close}</Button>
          </Group>
        </Stack>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            invite.mutate();
          }}
        >
          <Stack>
            <TextInput
              label={texts.email}
              type="email"
              required
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
              data-autofocus
            />
            <AccessFields value={access} onChange={setAccess} />
            <RequestError error={invite.error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {common.cancel}
              </Button>
              <Button type="submit" loading={invite.isPending}>
                {texts.makeInvitation}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </FormModal>
  );
}
