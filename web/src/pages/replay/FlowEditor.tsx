import { Alert, Button, Group, Select, Stack, Text, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { ErrorState } from "../../ui/ErrorState";
import { Loading } from "../../ui/Loading";
import { flowsQuery } from "../flows/queries";
import type { FlowTexts } from "./draft";
import { flowTextQuery } from "./queries";

type Props = {
  flows: FlowTexts;
  initial?: string;
  onChange: (flows: FlowTexts) => void;
};

/** The flows that are tried, as text; each begins with its draft. */
export function FlowEditor({ flows, initial, onChange }: Props) {
  const { replay: texts } = useTexts();
  const { workspace } = useMember();
  const all = useQuery(flowsQuery(workspace));
  const [name, setName] = useState(initial ?? Object.keys(flows)[0] ?? "");
  const text = useQuery(flowTextQuery(workspace, name));
  const source = text.data?.source;
  const taken = name in flows;
  const listed = all.data?.data.items ?? [];
  if (all.isError && !all.data) return <ErrorState error={all.error} onRetry={() => void all.refetch()} />;
  if (all.isSuccess && listed.length === 0) return <Alert color="blue">{texts.noFlows}</Alert>;
  const withdraw = () => onChange(Object.fromEntries(Object.entries(flows).filter(([one]) => one !== name)));
  return (
    <Stack gap="sm">
      <Select
        label={texts.flow}
        placeholder={texts.chooseFlow}
        maw={360}
        value={name || null}
        onChange={(value) => setName(value ?? "")}
        data={listed.map((one) => ({
          value: one.name,
          label: one.name in flows ? `${one.name} ✓` : one.name,
        }))}
      />
      {name && text.isPending && <Loading />}
      {text.isError && <ErrorState error={text.error} onRetry={() => void text.refetch()} />}
      {name && source !== undefined && (
        <>
          <Textarea
            label={texts.flowText(name)}
            description={texts.flowTextText}
            autosize
            minRows={12}
            maxRows={28}
            spellCheck={false}
            styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 13 } }}
            value={flows[name] ?? source}
            onChange={(event) => onChange({ ...flows, [name]: event.currentTarget.value })}
          />
          <Group gap="xs">
            {taken ? (
              <Button variant="subtle" size="xs" onClick={withdraw}>
                {texts.doNotTry}
              </Button>
            ) : (
              <Button variant="light" size="xs" onClick={() => onChange({ ...flows, [name]: source })}>
                {texts.tryDraft}
              </Button>
            )}
            <Text size="xs" c="dimmed">
              {taken ? texts.isTried : texts.isNotTried}
            </Text>
          </Group>
        </>
      )}
    </Stack>
  );
}
