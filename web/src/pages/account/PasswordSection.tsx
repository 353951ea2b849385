import { Alert, Button, PasswordInput, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import { ProblemError } from "../../api/problem";
import { useTexts } from "../../texts";
import { FormError } from "../../ui/FormError";
import { fieldErrors } from "../../ui/fieldErrors";
import { NewPasswordInput } from "../../ui/NewPasswordInput";
import { Section } from "./Section";

export function PasswordSection() {
  const { account } = useTexts();
  const client = useQueryClient();
  const form = useForm({ initialValues: { current: "", new: "" } });
  const change = useMutation({
    mutationFn: (values: typeof form.values) => answer(api.POST("/api/v1/me/password", { body: values })),
    onSuccess: () => {
      form.reset();
      return client.invalidateQueries({ queryKey: ["me", "sessions"] });
    },
    onError: (error) => {
      const { password, ...others } = fieldErrors(error);
      form.setErrors({ ...others, ...(password ? { new: password } : {}) });
    },
  });
  const wrong = change.error instanceof ProblemError && change.error.status === 401;
  return (
    <Section title={account.password} text={account.passwordText}>
      <form onSubmit={form.onSubmit((values) => change.mutate(values))}>
        <Stack>
          {change.isSuccess && (
            <Alert color="parley" role="status">
              {account.changed}
            </Alert>
          )}
          {wrong ? (
            <Alert color="red" role="alert">
              {account.currentWrong}
            </Alert>
          ) : (
            <FormError error={change.error} fields={["password", "new", "current"]} />
          )}
          <PasswordInput
            label={account.current}
            autoComplete="current-password"
            required
            withAsterisk={false}
            {...form.getInputProps("current")}
          />
          <NewPasswordInput {...form.getInputProps("new")} />
          <Button type="submit" variant="default" loading={change.isPending} w="fit-content">
            {account.change}
          </Button>
        </Stack>
      </form>
    </Section>
  );
}
