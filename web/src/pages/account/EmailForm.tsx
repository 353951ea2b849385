import { Button, Group, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import { useTexts } from "../../texts";
import { FormError } from "../../ui/FormError";
import { fieldErrors } from "../../ui/fieldErrors";
import { ProofDeclined, useProof } from "../../ui/Proof";

/** Asks for another e-mail address; it counts once the link that is sent there was opened. */
export function EmailForm({ email }: { email: string }) {
  const { account } = useTexts();
  const withProof = useProof();
  const form = useForm({ initialValues: { email } });
  const change = useMutation({
    mutationFn: (value: string) =>
      withProof(() => answer(api.POST("/api/v1/me/email", { body: { email: value } }))),
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  const error = change.error instanceof ProofDeclined ? null : change.error;
  return (
    <form onSubmit={form.onSubmit((values) => change.mutate(values.email.trim()))}>
      <FormError error={error} fields={["email"]} />
      <Group align="flex-end" gap="xs" wrap="nowrap">
        <TextInput
          flex={1}
          label={account.email}
          type="email"
          autoComplete="email"
          required
          withAsterisk={false}
          {...form.getInputProps("email")}
        />
        <Button
          type="submit"
          variant="default"
          loading={change.isPending}
          disabled={form.values.email === email}
        >
          {account.changeEmail}
        </Button>
      </Group>
      <Text size="sm" c="dimmed" mt={6} role={change.isSuccess ? "status" : undefined}>
        {change.isSuccess ? account.emailSent(form.values.email) : account.emailText}
      </Text>
    </form>
  );
}
