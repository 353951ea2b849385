import { Button, Stack } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../api/client";
import { ProblemError } from "../../api/problem";
import { signedOut } from "../../app/sessionChange";
import { useTexts } from "../../texts";
import { FormError } from "../../ui/FormError";
import { fieldErrors } from "../../ui/fieldErrors";
import { NewPasswordInput } from "../../ui/NewPasswordInput";
import { useFields } from "../../ui/useFields";
import { SmallPage } from "./SmallPage";
import { tokenOf } from "./token";

/** Sets a new password by the link of an e-mail, or the first one by a link of the command line. */
export function ResetPage() {
  const { signIn } = useTexts();
  const [token] = useState(tokenOf);
  const form = useFields({ password: "" });
  const reset = useMutation({
    mutationFn: (password: string) => answer(api.POST("/api/v1/auth/reset", { body: { token, password } })),
    onSuccess: signedOut,
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  if (reset.isSuccess)
    return (
      <SmallPage title={signIn.resetDone} text={signIn.resetDoneText}>
        <Button component="a" href="/sign-in" fullWidth>
          {signIn.submit}
        </Button>
      </SmallPage>
    );
  const unusable = reset.error instanceof ProblemError && reset.error.problem === "conflict";
  if (!token || unusable)
    return (
      <SmallPage
        title={signIn.linkUnusable}
        text={unusable ? signIn.linkUnusableText : signIn.linkMissingText}
      >
        <Button component="a" href="/forgot" fullWidth>
          {signIn.askAgain}
        </Button>
      </SmallPage>
    );
  return (
    <SmallPage title={signIn.resetTitle}>
      <form onSubmit={form.submit(({ password }) => reset.mutate(password))}>
        <Stack>
          <FormError error={reset.error} fields={["password"]} />
          <NewPasswordInput autoFocus {...form.field("password")} />
          <Button type="submit" loading={reset.isPending} fullWidth>
            {signIn.resetSubmit}
          </Button>
        </Stack>
      </form>
    </SmallPage>
  );
}
