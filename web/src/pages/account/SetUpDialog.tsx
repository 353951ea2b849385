import { Button, Code, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../../api/client";
import { ProblemError } from "../../api/problem";
import { useTexts } from "../../texts";
import { FormError } from "../../ui/FormError";
import { FormModal } from "../../ui/FormModal";
import { ProofDeclined, useProof } from "../../ui/Proof";
import { QrCode } from "../../ui/QrCode";
import classes from "./AccountPage.module.css";

type Props = {
  proposal: Schemas["SecondFactorProposal"];
  onClose: () => void;
  onDone: (codes: string[]) => void;
};

/** Shows the secret for an authenticator app, and turns it on with a first code. */
export function SetUpDialog({ proposal, onClose, onDone }: Props) {
  const { account } = useTexts();
  const withProof = useProof();
  const form = useForm({ initialValues: { code: "" } });
  const confirm = useMutation({
    mutationFn: (code: string) =>
      withProof(() => answer(api.PUT("/api/v1/me/second-factor", { body: { code } }))),
    onSuccess: ({ codes }) => onDone(codes),
    onError: (error) => {
      if (error instanceof ProblemError && error.problem === "invalid")
        form.setFieldError("code", account.wrongCode);
    },
  });
  const error = confirm.error instanceof ProofDeclined ? null : confirm.error;
  return (
    <FormModal opened onClose={onClose} title={account.setUp} values={form.values}>
      <form onSubmit={form.onSubmit(({ code }) => confirm.mutate(code.replace(/\s/g, "")))}>
        <Stack>
          <Text size="sm">{account.scan}</Text>
          <QrCode text={proposal.uri} label={account.qr} className={classes.qr} />
          <Text size="sm">
            {account.cannotScan} <Code>{proposal.secret.match(/.{1,4}/g)?.join(" ")}</Code>
          </Text>
          {!form.errors.code && <FormError error={error} />}
          <TextInput
            label={account.firstCode}
            inputMode="numeric"
            autoComplete="one-time-code"
            data-autofocus
            required
            minLength={6}
            withAsterisk={false}
            {...form.getInputProps("code")}
          />
          <Button type="submit" loading={confirm.isPending}>
            {account.turnOn}
          </Button>
        </Stack>
      </form>
    </FormModal>
  );
}
