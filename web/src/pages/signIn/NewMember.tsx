import { Button, Stack, TextInput } from "@mantine/core";
import { useTexts } from "../../texts";
import { FormError } from "../../ui/FormError";
import { fieldErrors } from "../../ui/fieldErrors";
import { NewPasswordInput } from "../../ui/NewPasswordInput";
import { useFields } from "../../ui/useFields";
import type { Accept } from "./useAccept";

/** The form by which an invited person makes an account. email: of the invitation; empty: the person chooses one. */
export function NewMember({ accept, email }: { accept: Accept; email: string }) {
  const { signIn } = useTexts();
  const form = useFields({ email, name: "", password: "" });
  function submit(values: typeof form.values) {
    accept.mutate(
      { ...values, email: values.email.trim() },
      { onError: (error) => form.setErrors(fieldErrors(error)) },
    );
  }
  return (
    <form onSubmit={form.submit(submit)} aria-label={signIn.makeAccount}>
      <Stack>
        <FormError error={accept.error} fields={["email", "name", "password"]} />
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
        <TextInput
          label={signIn.name}
          description={signIn.nameText}
          autoComplete="name"
          maxLength={100}
          autoFocus={Boolean(email)}
          required
          withAsterisk={false}
          {...form.field("name")}
        />
        <NewPasswordInput {...form.field("password")} />
        <Button type="submit" loading={accept.isPending} fullWidth>
          {signIn.join}
        </Button>
      </Stack>
    </form>
  );
}
