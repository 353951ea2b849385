import { Anchor, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { FormModal } from "../../../ui/FormModal";
import { RequestError } from "../../../ui/RequestError";
import { emptyFlow, isFlowName } from "../names";
import { flowsKey } from "../queries";

/** Begins the draft of a flow with one step. taken: the names of the other flows. */
export function NewFlow({ taken, onClose }: { taken: readonly string[]; onClose: () => void }) {
  const { common, flows } = useTexts();
  const { workspace } = useMember();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [left, setLeft] = useState(false);
  const wrong = !isFlowName(name) ? flows.nameForm : taken.includes(name) ? flows.nameTaken : null;
  const begin = useMutation({
    mutationFn: () =>
      answer(
        api.PUT("/api/v1/workspaces/{workspace}/flows/{name}/draft", {
          params: { path: { workspace, name } },
          body: { base: "", source: emptyFlow(name, flows.hello) },
        }),
      ),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: flowsKey(workspace) });
      await navigate({ to: `/w/${workspace}/flows/${name}` as string });
    },
  });
  return (
    <FormModal values={{ name }} opened onClose={onClose} title={flows.add}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setLeft(true);
          if (!wrong && !begin.isPending) begin.mutate();
        }}
      >
        <Stack>
          <TextInput
            label={flows.name}
            description={flows.nameForm}
            value={name}
            maxLength={63}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setName(event.currentTarget.value)}
            onBlur={() => setLeft(name !== "")}
            error={left && wrong}
            data-autofocus
          />
          <Text size="sm" c="dimmed">
            {flows.orStarter}{" "}
            <Anchor component={Link} to={`/w/${workspace}/flow-starters` as string} size="sm">
              {flows.starters}
            </Anchor>
          </Text>
          <RequestError error={begin.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit" loading={begin.isPending}>
              {flows.begin}
            </Button>
          </Group>
        </Stack>
      </form>
    </FormModal>
  );
}
