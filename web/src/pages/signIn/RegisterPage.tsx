import { Button, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../api/client";
import { ProblemError } from "../../api/problem";
import { signedIn } from "../../app/sessionChange";
import { useTexts } from "../../texts";
import { FormError } from "../../ui/FormError";
import { fieldErrors } from "../../ui/fieldErrors";
import { NewPasswordInput } from "../../ui/NewPasswordInput";
import { useFields } from "../../ui/useFields";
import { BackLink } from "./ForgotPage";
import { SmallPage } from "./SmallPage";
import { tokenOf } from "./token";

/** Registers: first an e-mail address is proved by a link, which leads to this page again. */
export function RegisterPage() {
  const [token] = useState(tokenOf);
  return token ? <Confirm token={token} /> : <Ask />;
}

function Ask() {
  const { signIn } = useTexts();
  const form = useFields({ email: "" });
  const register = useMutation({
    mutationFn: (email: string) => answer(api.POST("/api/v1/auth/register", { body: { email } })),
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  if (register.isSuccess)
    return (
      <SmallPage title={signIn.linkSent}>
        <Text role="status">{signIn.registerSent(form.values.email)}</Text>
        <BackLink />
      </SmallPage>
    );
  return (
    <SmallPage title={signIn.registerTitle} text={signIn.registerText}>
      <form onSubmit={form.submit(({ email }) => register.mutate(email.trim()))}>
        <Stack>
          <FormError error={register.error} fields={["email"]} />
          <TextInput
            label={signIn.email}
            type="email"
            autoComplete="username"
            autoFocus
            required
            withAsterisk={false}
            {...form.field("email")}
          />
          <Button type="submit" loading={register.isPending} fullWidth>
            {signIn.sendLink}
          </Button>
        </Stack>
      </form>
      <BackLink />
    </SmallPage>
  );
}

function Confirm({ token }: { token: string }) {
  const { signIn } = useTexts();
  const form = useFields({ name: "", password: "", workspace: "" });
  const confirm = useMutation({
    mutationFn: (given: typeof form.values) =>
      answer(api.POST("/api/v1/auth/confirm-registration", { body: { token, ...given } })),
    onSuccess: ({ user }, { workspace }) => {
      signedIn(user);
      window.location.replace(`/w/${workspace}/start`);
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  const unusable = confirm.error instanceof ProblemError && confirm.error.more.reason === "link-unusable";
  if (unusable)
    return (
      <SmallPage title={signIn.linkUnusable} text={signIn.linkUnusableText}>
        <Button component="a" href="/register" fullWidth>
          {signIn.askAgain}
        </Button>
      </SmallPage>
    );
  return (
    <SmallPage title={signIn.confirmTitle}>
      <form onSubmit={form.submit((values) => confirm.mutate(values))}>
        <Stack>
          <FormError error={confirm.error} fields={["name", "password", "workspace"]} />
          <TextInput
            label={signIn.name}
            description={signIn.nameText}
            autoComplete="name"
            maxLength={100}
            autoFocus
            required
            withAsterisk={false}
            {...form.field("name")}
          />
          <TextInput
            label={signIn.workspaceName}
            description={signIn.workspaceText}
            autoComplete="organization"
            autoCapitalize="none"
            spellCheck={false}
            required
            withAsterisk={false}
            {...form.field("workspace")}
          />
          <NewPasswordInput {...form.field("password")} />
          <Button type="submit" loading={confirm.isPending} fullWidth>
            {signIn.confirmSubmit}
          </Button>
        </Stack>
      </form>
    </SmallPage>
  );
}
