import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { Modal } from "../../../ui/dialogs/Modal";
import { ErrorState } from "../../../ui/ErrorState";
import { Loading } from "../../../ui/Loading";
import { flowsQuery } from "../../flows/queries";

type Props = { onClose: () => void; onStart: (flow: string) => void };

/** Asks which published flow is to begin in the conversation. */
export function StartFlow({ onClose, onStart }: Props) {
  const { panel: t, common } = useTexts();
  const { workspace } = useMember();
  const [chosen, setChosen] = useState<string | null>(null);
  const flows = useQuery(flowsQuery(workspace));
  const names = (flows.data?.data.items ?? []).filter((one) => one.version !== null).map((one) => one.name);
  return (
    <Modal opened onClose={onClose} title={t.startFlow}>
      {flows.isPending ? (
        <Loading h={120} />
      ) : !flows.data ? (
        <ErrorState error={flows.error} onRetry={() => flows.refetch()} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (chosen) onStart(chosen);
          }}
        >
          <Stack gap="sm">
            <Text size="sm">{names.length ? t.startFlowText : t.noFlows}</Text>
            <Select label={t.flow} data={names} value={chosen} searchable onChange={setChosen} />
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={onClose}>
                {common.cancel}
              </Button>
              <Button type="submit" disabled={!chosen}>
                {t.start}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
