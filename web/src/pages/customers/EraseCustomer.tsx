import { Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { answer, api } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { Modal } from "../../ui/dialogs/Modal";
import { ErrorState } from "../../ui/ErrorState";
import { useIntent } from "../../ui/intent";
import { Loading } from "../../ui/Loading";
import { ProofDeclined, useProof } from "../../ui/Proof";
import { isOver, jobQuery } from "./jobs";
import { type Customer, nameOf } from "./queries";

/** Erases a customer for good, after the name was typed and the person has proved who it is. */
export function EraseCustomer({ customer, onClose }: { customer: Customer; onClose: () => void }) {
  const { customers } = useTexts();
  const { workspace } = useMember();
  const [job, setJob] = useState("");
  const withProof = useProof();
  const once = useIntent();
  const erase = useMutation({
    mutationFn: () =>
      withProof(() =>
        once(customer.id, (key) =>
          answer(
            api.POST("/api/v1/workspaces/{workspace}/customers/{customer}/erase", {
              params: {
                path: { workspace, customer: customer.id },
                header: { "Idempotency-Key": key },
              },
            }),
          ),
        ),
      ),
    onSuccess: ({ id }) => setJob(id),
  });
  if (job) return <ErasureProgress job={job} />;
  return (
    <ConfirmDialog
      title={customers.eraseTitle}
      action={customers.erase}
      danger
      typed={{ value: nameOf(customer), label: customers.typeName(nameOf(customer)) }}
      pending={erase.isPending}
      error={erase.error instanceof ProofDeclined ? null : erase.error}
      onConfirm={() => erase.mutate()}
      onClose={onClose}
    >
      {customers.eraseText}
    </ConfirmDialog>
  );
}

function ErasureProgress({ job: id }: { job: string }) {
  const { customers } = useTexts();
  const { workspace } = useMember();
  const navigate = useNavigate();
  const job = useQuery(jobQuery(workspace, id));
  const back = () => void navigate({ to: `/w/${workspace}/customers` as string });
  const over = job.data && isOver(job.data);
  return (
    <Modal opened onClose={back} title={customers.eraseTitle}>
      <Stack>
        {!over && <Loading h={60} />}
        <Text size="sm" role="status">
          {over && job.data.state === "done" ? customers.erased : customers.erasing}
        </Text>
        {job.data?.error && <ErrorState error={new Error(job.data.error)} />}
        <Group justify="flex-end">
          <Button onClick={back} disabled={!over}>
            {customers.back}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
