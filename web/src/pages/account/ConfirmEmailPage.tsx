import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../api/client";
import { meQuery } from "../../api/meQuery";
import { ProblemError } from "../../api/problem";
import { queryClient } from "../../app/queryClient";
import { useTexts } from "../../texts";
import { FormError } from "../../ui/FormError";
import { SmallPage } from "../signIn/SmallPage";
import { tokenOf } from "../signIn/token";

/** Confirms a new e-mail address by its link. */
export function ConfirmEmailPage() {
  const { account, signIn } = useTexts();
  const [token] = useState(tokenOf);
  const confirm = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/auth/confirm-email", { body: { token } })),
    onSuccess: () => queryClient.removeQueries({ queryKey: meQuery.queryKey }),
  });
  const unusable = confirm.error instanceof ProblemError && !confirm.error.temporary;
  if (token.length < 20 || unusable)
    return (
      <SmallPage
        title={signIn.linkUnusable}
        text={unusable ? signIn.linkUnusableText : signIn.linkMissingText}
      >
        <Button component="a" href="/account" fullWidth>
          {account.title}
        </Button>
      </SmallPage>
    );
  if (confirm.isSuccess)
    return (
      <SmallPage title={account.emailChanged} text={account.emailChangedText}>
        <Button component="a" href="/" fullWidth>
          {account.goOn}
        </Button>
      </SmallPage>
    );
  return (
    <SmallPage title={account.confirmEmail} text={account.confirmEmailText}>
      <FormError error={confirm.error} />
      <Button fullWidth loading={confirm.isPending} onClick={() => confirm.mutate()}>
        {account.confirm}
      </Button>
    </SmallPage>
  );
}
