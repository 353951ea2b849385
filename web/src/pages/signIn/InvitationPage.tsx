import { Anchor, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../api/client";
import { meQuery } from "../../api/meQuery";
import { ProblemError } from "../../api/problem";
import { sessionHint } from "../../api/session";
import { useTexts } from "../../texts";
import { ErrorState } from "../../ui/ErrorState";
import { Loading } from "../../ui/Loading";
import { NewMember } from "./NewMember";
import { SignInForm } from "./SignInForm";
import { SmallPage } from "./SmallPage";
import { tokenOf } from "./token";
import { JoinButton, useAccept } from "./useAccept";

/** Accepts an invitation: as the person who is signed in, after signing in, or with a new account. */
export function InvitationPage() {
  const { signIn } = useTexts();
  const [token] = useState(tokenOf);
  const invitation = useQuery({
    queryKey: ["invitation", token],
    queryFn: () => answer(api.POST("/api/v1/auth/invitation", { body: { token } })),
    enabled: token.length >= 20,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const me = useQuery({ ...meQuery, enabled: sessionHint.maybe, retry: false });
  const [hasAccount, setHasAccount] = useState(false);
  const { accept, join } = useAccept(token);
  const refused = invitation.error instanceof ProblemError && !invitation.error.temporary;
  if (token.length < 20 || refused)
    return <SmallPage title={signIn.invitationUnusable} text={signIn.invitationUnusableText} />;
  if (invitation.isError && !invitation.data)
    return (
      <SmallPage title={signIn.registerTitle}>
        <ErrorState error={invitation.error} onRetry={() => invitation.refetch()} />
      </SmallPage>
    );
  if (invitation.isPending || me.isLoading) return <Loading h="100dvh" />;
  const { workspace, email, role, known } = invitation.data;
  const fits = me.data && (!email || me.data.email === email);
  return (
    <SmallPage
      title={signIn.invitationTitle(workspace)}
      text={signIn.invitationText(workspace, signIn.roles[role])}
    >
      {me.data && !fits && <Text size="sm">{signIn.otherPerson(me.data.email)}</Text>}
      {fits ? (
        <JoinButton accept={accept} email={me.data.email} onJoin={() => join(me.data.email)} />
      ) : known || hasAccount ? (
        <>
          <Text size="sm">{email ? signIn.signInToJoin(email) : signIn.signInToJoinAny}</Text>
          <SignInForm email={email} onDone={() => join()} />
        </>
      ) : (
        <NewMember accept={accept} email={email} />
      )}
      {!email && !fits && (
        <Anchor component="button" type="button" size="sm" onClick={() => setHasAccount(!hasAccount)}>
          {hasAccount ? signIn.noAccountYet : signIn.haveAccount}
        </Anchor>
      )}
    </SmallPage>
  );
}
