import { Alert, Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useSuspenseQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from "react";
import { answer, api } from "../api/client";
import { ProblemError } from "../api/problem";
import { meQuery } from "../app/me";
import { useTexts } from "../texts";
import { words } from "./ErrorState";

type WithProof = <T>(run: () => Promise<T>) => Promise<T>;
const ProofContext = createContext<WithProof>((run) => run());

/** Raised when somebody closes the dialog instead of proving. Nothing has happened then. */
export class ProofDeclined extends Error {}

/**
 * Returns a function that carries out a request; when the API wants a fresh proof of the person, asks for the password
 * or code, and then carries out the same request again: `withProof(() => answer(api.POST(…)))`.
 */
export const useProof = () => useContext(ProofContext);

export function ProofProvider({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState(false);
  const waiting = useRef<{ proved: () => void; declined: () => void } | null>(null);
  const withProof = useCallback<WithProof>(async (run) => {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof ProblemError) || error.problem !== "proof-needed") throw error;
    }
    await new Promise<void>((resolve, reject) => {
      waiting.current = { proved: resolve, declined: () => reject(new ProofDeclined()) };
      setAsked(true);
    });
    return run();
  }, []);
  function end(how: "proved" | "declined") {
    setAsked(false);
    waiting.current?.[how]();
    waiting.current = null;
  }
  return (
    <ProofContext.Provider value={withProof}>
      {children}
      {asked && <ProofDialog onProved={() => end("proved")} onClose={() => end("declined")} />}
    </ProofContext.Provider>
  );
}

function ProofDialog({ onProved, onClose }: { onProved: () => void; onClose: () => void }) {
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
