import { Badge, Button, Group, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, type Schemas } from "../../api/client";
import { meQuery } from "../../app/me";
import { useTexts } from "../../texts";
import { FormError } from "../../ui/FormError";
import { ProofDeclined, useProof } from "../../ui/Proof";
import { CodesDialog } from "./CodesDialog";
import { Section } from "./Section";
import { SetUpDialog } from "./SetUpDialog";

type Proposal = Schemas["SecondFactorProposal"];

export function SecondFactorSection({ me }: { me: Schemas["Me"] }) {
  const { account } = useTexts();
  const client = useQueryClient();
  const withProof = useProof();
  const [proposal, setProposal] = useState<Proposal | null>(null);
  const [codes, setCodes] = useState<string[]>([]);
  const refresh = () => client.invalidateQueries({ queryKey: meQuery.queryKey });
  const propose = useMutation({
    mutationFn: () => withProof(() => answer(api.POST("/api/v1/me/second-factor", {}))),
    onSuccess: setProposal,
  });
  const remove = useMutation({
    mutationFn: () => withProof(() => answer(api.DELETE("/api/v1/me/second-factor", {}))),
    onSuccess: refresh,
  });
  const renew = useMutation({
    mutationFn: () => withProof(() => answer(api.POST("/api/v1/me/recovery-codes", {}))),
    onSuccess: (made) => {
      setCodes(made.codes);
      return refresh();
    },
  });
  const requiring = me.workspaces.filter((one) => one.second_factor).map((one) => one.workspace);
  const error = [propose.error, remove.error, renew.error].find(
    (one) => one && !(one instanceof ProofDeclined),
  );
  return (
    <Section title={account.factor} text={me.second_factor ? account.factorOn : account.factorOff}>
      <FormError error={error} />
      <Group gap="xs">
        <Badge color={me.second_factor ? "parley" : "gray"} variant="light">
          {me.second_factor ? account.on : account.off}
        </Badge>
        {me.second_factor && <Text size="sm">{account.codesLeft(me.recovery_codes)}</Text>}
      </Group>
      {requiring.length > 0 && <Text size="sm">{account.factorRequired(requiring.join(", "))}</Text>}
      {me.second_factor ? (
        <Group gap="xs">
          <Button variant="default" loading={renew.isPending} onClick={() => renew.mutate()}>
            {account.newCodes}
          </Button>
          {requiring.length === 0 && (
            <Button variant="default" loading={remove.isPending} onClick={() => remove.mutate()}>
              {account.turnOff}
            </Button>
          )}
        </Group>
      ) : (
        <Button w="fit-content" loading={propose.isPending} onClick={() => propose.mutate()}>
          {account.setUp}
        </Button>
      )}
      {proposal && (
        <SetUpDialog
          proposal={proposal}
          onClose={() => setProposal(null)}
          onDone={(made) => {
            setProposal(null);
            setCodes(made);
            void refresh();
            void client.invalidateQueries({ queryKey: ["me", "sessions"] });
          }}
        />
      )}
      {codes.length > 0 && <CodesDialog codes={codes} onClose={() => setCodes([])} />}
    </Section>
  );
}
