import { Alert, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../api/client";
import { ProblemError } from "../../api/problem";
import { useTexts } from "../../texts";
import { words } from "../../ui/ErrorState";

/** E-mail address and password, then the second factor if the account has one. */
export function SignInForm({ onDone }: { onDone: () => void }) {
  const texts = useTexts();
  const { signIn } = texts;
  const [asksForCode, setAsksForCode] = useState(false);
  const form = useForm({ initialValues: { email: "", password: "", code: "" } });
  const login = useMutation({
    mutationFn: ({ email, password, code }: typeof form.values) =>
      asksForCode
        ? answer(api.POST("/api/v1/auth/second-factor", { body: { code } }))
        : answer(api.POST("/api/v1/auth/login", { body: { email, password } })),
    onSuccess: onDone,
    onError: (error) => {
      if (error instanceof ProblemError && error.problem === "second-factor-needed") setAsksForCode(true);
    },
  });
  const error = login.error;
  const shown = error instanceof ProblemError && error.problem === "second-factor-needed" ? null : error;
  return (
    <form onSubmit={form.onSubmit((values) => login.mutate(values))}>
      <Stack>
        {shown && (
          <Alert color="red" role="alert">
            {reason(shown, texts)}
          </Alert>
        )}
        {asksForCode ? (
          <TextInput
            label={signIn.code}
            autoComplete="one-time-code"
            inputMode="numeric"
            autoFocus
            required
            {...form.getInputProps("code")}
          />
        ) : (
          <>
            <TextInput
              label={signIn.email}
              type="email"
              autoComplete="username"
              required
              {...form.getInputProps("email")}
            />
            <PasswordInput
              label={signIn.password}
              autoComplete="current-password"
              required
              {...form.getInputProps("password")}
            />
          </>
        )}
        <Button type="submit" loading={login.isPending} fullWidth>
          {signIn.submit}
        </Button>
      </Stack>
    </form>
  );
}

function reason(error: Error, texts: ReturnType<typeof useTexts>): string {
  if (!(error instanceof ProblemError)) return words(error, texts);
  if (error.status === 401) return texts.signIn.refused;
  if (error.status === 429) return texts.signIn.tooMany;
  return words(error, texts);
}
