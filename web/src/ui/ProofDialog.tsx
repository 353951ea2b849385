import { Alert, Button, Group, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../api/client";
import { meQuery } from "../app/me";
import { useTexts } from "../texts";
import { Modal } from "./dialogs/Modal";
import { words } from "./words";

/** Asks for the password, or for a code of the second factor. */
export function ProofDialog({ onProved, onClose }: { onProved: () => void; onClose: () => void }) {
  const texts = useTexts();
  const { common } = texts;
  const me = useSuspenseQuery(meQuery).data;
  const [secret, setSecret] = useState("");
  const prove = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/me/proof", {
          body: me.second_factor ? { code: secret, password: "" } : { code: "", password: secret },
        }),
      ),
    onSuccess: onProved,
  });
  const field = {
    value: secret,
    onChange: (event: { currentTarget: { value: string } }) => setSecret(event.currentTarget.value),
    "data-autofocus": true,
    required: true,
  };
  return (
    <Modal opened onClose={onClose} title={common.proofTitle}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          prove.mutate();
        }}
      >
        <Stack>
          <Text size="sm">{common.proofText}</Text>
          {prove.isError && (
            <Alert color="red" role="alert">
              {words(prove.error, texts)}
            </Alert>
          )}
          {me.second_factor ? (
            <TextInput label={common.proofCode} autoComplete="one-time-code" inputMode="numeric" {...field} />
          ) : (
            <PasswordInput label={common.proofPassword} autoComplete="current-password" {...field} />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit" loading={prove.isPending}>
              {common.proofGo}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
