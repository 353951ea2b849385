import { Button, Code, Skeleton, Stack, Tabs, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { Drawer } from "../../../ui/dialogs/Drawer";
import { ErrorState } from "../../../ui/ErrorState";
import { useIntent } from "../../../ui/intent";
import { PhoneMessage } from "../../../ui/PhoneMessage";
import { RequestError } from "../../../ui/RequestError";
import { freeName, isFlowName, titleOf } from "../names";
import { flowsKey, flowsQuery, type Starter, starterQuery } from "../queries";
import classes from "./Starters.module.css";

/** Shows what a starter says to a customer, and copies it as the draft of a new flow. */
export function StarterDrawer({ starter, onClose }: { starter: Starter; onClose: () => void }) {
  const { flows } = useTexts();
  const member = useMember();
  const query = useQuery(starterQuery(member.workspace, starter.name, starter.language));
  const lines = (query.data?.sample ?? []).map((line, place) => ({ ...line, key: `${place} ${line.text}` }));
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={titleOf(flows.starterTitles, starter.name)}
    >
      <Stack>
        <Text lang={starter.language}>{starter.description}</Text>
        {member.can("flows_write") && <CopyForm starter={starter} />}
        <Tabs defaultValue="talk" keepMounted={false}>
          <Tabs.List mb="sm">
            <Tabs.Tab value="talk">{flows.preview}</Tabs.Tab>
            <Tabs.Tab value="file">{flows.file}</Tabs.Tab>
            <Tabs.Tab value="tests">{flows.tests}</Tabs.Tab>
          </Tabs.List>
          {query.error ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
          {query.isPending && <Skeleton height={240} />}
          {query.data && (
            <>
              <Tabs.Panel value="talk">
                <div className={classes.talk} lang={starter.language}>
                  {lines.map((line) =>
                    line.by === "customer" ? (
                      <div key={line.key} className={classes.customer} dir="auto">
                        {line.text}
                      </div>
                    ) : (
                      <div key={line.key} className={classes.flow}>
                        <PhoneMessage text={line.text} buttons={line.options} bare />
                      </div>
                    ),
                  )}
                </div>
              </Tabs.Panel>
              <Tabs.Panel value="file">
                <FileText text={query.data.source} label={flows.file} />
              </Tabs.Panel>
              <Tabs.Panel value="tests">
                <FileText text={query.data.tests} label={flows.tests} />
              </Tabs.Panel>
            </>
          )}
        </Tabs>
      </Stack>
    </Drawer>
  );
}

function FileText({ text, label }: { text: string; label: string }) {
  return (
    <Code block tabIndex={0} aria-label={label} role="region">
      {text}
    </Code>
  );
}

function CopyForm({ starter }: { starter: Starter }) {
  const { flows } = useTexts();
  const { workspace } = useMember();
  const client = useQueryClient();
  const navigate = useNavigate();
  const once = useIntent();
  const all = useQuery(flowsQuery(workspace)).data?.data.items;
  const taken = all?.map((one) => one.name) ?? [];
  const [typed, setTyped] = useState<string | null>(null);
  const name = typed ?? freeName(starter.name, taken);
  const wrong = !isFlowName(name) ? flows.nameForm : taken.includes(name) ? flows.nameTaken : null;
  const copy = useMutation({
    mutationFn: () =>
      once({ starter, name }, (key) =>
        answer(
          api.POST("/api/v1/workspaces/{workspace}/flow-starters/{name}/{language}/copy", {
            params: {
              path: { workspace, name: starter.name, language: starter.language },
              header: { "Idempotency-Key": key },
            },
            body: { name },
          }),
        ),
      ),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: flowsKey(workspace) });
      await navigate({ to: `/w/${workspace}/flows/${name}` as string });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!wrong && !copy.isPending) copy.mutate();
      }}
    >
      <Stack gap="sm">
        <TextInput
          label={flows.newName}
          value={name}
          maxLength={63}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setTyped(event.currentTarget.value)}
          error={wrong}
        />
        <RequestError error={copy.error} />
        <Button type="submit" loading={copy.isPending} disabled={!all} style={{ alignSelf: "flex-start" }}>
          {flows.use}
        </Button>
        <Text size="xs" c="dimmed">
          {flows.useText}
        </Text>
      </Stack>
    </form>
  );
}
