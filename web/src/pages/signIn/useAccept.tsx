import { Button } from "@mantine/core";
import { type UseMutationResult, useMutation } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../../api/client";
import { meQuery } from "../../api/meQuery";
import { queryClient } from "../../app/queryClient";
import { signedIn } from "../../app/sessionChange";
import { useTexts } from "../../texts";
import { FormError } from "../../ui/FormError";

export type Acceptance = { email?: string; name?: string; password?: string };
export type Accept = UseMutationResult<Schemas["SignedInAnswer"], Error, Acceptance>;

/** Returns a mutation that accepts an invitation, and a function that does so for the person who is signed in. */
export function useAccept(token: string) {
  const accept: Accept = useMutation({
    mutationFn: (given: Acceptance) =>
      answer(api.POST("/api/v1/auth/accept-invitation", { body: { token, ...given } })),
    onSuccess: ({ user }) => {
      signedIn(user);
      window.location.replace("/");
    },
  });
  async function join(known?: string) {
    const email = known ?? (await queryClient.fetchQuery({ ...meQuery, staleTime: 0 })).email;
    accept.mutate({ email });
  }
  return { accept, join };
}

export function JoinButton({ accept, email, onJoin }: { accept: Accept; email: string; onJoin: () => void }) {
  const { signIn } = useTexts();
  return (
    <>
      <FormError error={accept.error} />
      <Button fullWidth loading={accept.isPending} onClick={onJoin}>
        {signIn.joinAs(email)}
      </Button>
    </>
  );
}
