import { Alert, Anchor, Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../api/client";
import { ProblemError } from "../../api/problem";
import { type Texts, useTexts } from "../../texts";
import { useFields } from "../../ui/useFields";
import { words } from "../../ui/words";

type Props = { onDone: (user: string) => void; email?: string; submit?: string };

/** E-mail address and password, then the second factor if the account has one. email: the only one that may sign in. */
export function SignInForm({ onDone, email = "", submit }: Props) {
  const texts = useTexts();
  const { signIn } = texts;
  const [asksForCode, setAsksForCode] = useState(false);
  const form = useFields({ email, password: "", code: "" });
  const login = useMutation({
    mutationFn: (given: typeof form.values) =>
      asksForCode
        ? answer(api.POST("/api/v1/auth/second-factor", { body: { code: given.code.replace(/\s/g, "") } }))
        : answer(
            api.POST("/api/v1/auth/login", { body: { email: given.email.trim(), password: given.password } }),
          ),
    onSuccess: ({ user }) => onDone(user),
    onError: (error) => {
      if (error instanceof ProblemError && error.problem === "second-factor-needed") setAsksForCode(true);
      else if (asksForCode) form.set({ code: "" });
    },
  });
  const needsCode = login.error instanceof ProblemError && login.error.problem === "second-factor-needed";
  return (
    <form onSubmit={form.submit((values) => login.mutate(values))} aria-label={submit ?? signIn.submit}>
      <Stack>
        {login.error && !needsCode && (
          <Alert color="red" role="alert">
            {reason(login.error, asksForCode, texts)}
          </Alert>
        )}
        {asksForCode ? (
          <TextInput
            key="code"
            label={signIn.code}
            description={signIn.codeText}
            autoComplete="one-time-code"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus
            required
            withAsterisk={false}
            {...form.field("code")}
          />
        ) : (
          <>
            <TextInput
              label={signIn.email}
              type="email"
              autoComplete="username"
              autoFocus={!email}
              required
              withAsterisk={false}
              readOnly={Boolean(email)}
              variant={email ? "filled" : "default"}
              {...form.field("email")}
            />
            <PasswordInput
              label={signIn.password}
              autoComplete="current-password"
              autoFocus={Boolean(email)}
              required
              withAsterisk={false}
              {...form.field("password")}
            />
          </>
        )}
        <Button type="submit" loading={login.isPending} fullWidth>
          {submit ?? signIn.submit}
        </Button>
        {asksForCode && (
          <Text ta="center" size="sm">
            <Anchor
              component="button"
              type="button"
              onClick={() => {
                setAsksForCode(false);
                login.reset();
                form.set({ password: "", code: "" });
              }}
            >
              {email ? signIn.back : signIn.startOver}
            </Anchor>
          </Text>
        )}
      </Stack>
    </form>
  );
}

function reason(error: Error, code: boolean, texts: Texts): string {
  if (!(error instanceof ProblemError)) return words(error, texts);
  if (error.status === 401) return code ? texts.signIn.codeRefused : texts.signIn.refused;
  if (error.status === 429) return texts.signIn.tooMany(error.retryAfter ?? 0);
  return words(error, texts);
}
