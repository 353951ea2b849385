import { Anchor, Button, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import { useTexts } from "../../texts";
import { FormError } from "../../ui/FormError";
import { useFields } from "../../ui/useFields";
import { SmallPage } from "./SmallPage";

/** Asks for a link to set a new password. The page says the same for addresses without an account. */
export function ForgotPage() {
  const { signIn } = useTexts();
  const form = useFields({ email: "" });
  const forgot = useMutation({
    mutationFn: (email: string) => answer(api.POST("/api/v1/auth/forgot", { body: { email } })),
  });
  if (forgot.isSuccess)
    return (
      <SmallPage title={signIn.linkSent}>
        <Text role="status">{signIn.linkSentText(form.values.email)}</Text>
        <BackLink />
      </SmallPage>
    );
  return (
    <SmallPage title={signIn.forgotTitle} text={signIn.forgotText}>
      <form onSubmit={form.submit(({ email }) => forgot.mutate(email.trim()))}>
        <Stack>
          <FormError error={forgot.error} />
          <TextInput
            label={signIn.email}
            type="email"
            autoComplete="username"
            autoFocus
            required
            withAsterisk={false}
            {...form.field("email")}
          />
          <Button type="submit" loading={forgot.isPending} fullWidth>
            {signIn.sendLink}
          </Button>
        </Stack>
      </form>
      <BackLink />
    </SmallPage>
  );
}

export function BackLink() {
  const { signIn } = useTexts();
  return (
    <Anchor href="/sign-in" size="sm">
      {signIn.back}
    </Anchor>
  );
}
