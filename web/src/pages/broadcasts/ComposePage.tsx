import { Button, Group, Select, Stack, Switch, Textarea, TextInput, Title } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { answer, api } from "../../api/client";
import { seesAll, useMember } from "../../app/me";
import { ownPlace } from "../../app/own";
import { useTexts } from "../../texts";
import { outcomeOf } from "../../ui/commands";
import { ErrorState } from "../../ui/ErrorState";
import { useIntent } from "../../ui/intent";
import { NotAllowed } from "../../ui/NotAllowed";
import { NumberField } from "../../ui/NumberField";
import { Page } from "../../ui/Page";
import { channelsQuery } from "../settings/channels/queries";
import { templatesQuery } from "../templates/queries";
import { AudienceFields } from "./AudienceFields";
import classes from "./Broadcasts.module.css";
import { DryRun } from "./DryRun";
import { bodyOf, type Draft, EMPTY, keyOf } from "./draft";
import { Previews } from "./Previews";
import { TemplateChoice } from "./TemplateChoice";

const { people: NOBODY, ...NO_TEXTS } = EMPTY;

/** Composes a broadcast: what is sent, to whom, what it will be like. Nothing is sent before it is started. */
export function ComposePage() {
  return useMember().can("broadcasts_write") ? <Compose /> : <NotAllowed />;
}

function Compose() {
  const { broadcasts } = useTexts();
  const member = useMember();
  const { workspace } = member;
  const navigate = useNavigate();
  const client = useQueryClient();
  const [stored, setStored, forgetStored] = useLocalStorage<Partial<Omit<Draft, "people">>>({
    key: ownPlace(member.me.id, `broadcast.${workspace}`),
    defaultValue: NO_TEXTS,
    getInitialValueInEffect: false,
  });
  const [people, setPeople] = useState(NOBODY); // names and numbers are not left behind in the browser
  const templates = useQuery(templatesQuery(workspace));
  const channels = useQuery({ ...channelsQuery(workspace), refetchInterval: false });
  const flows = useQuery({
    queryKey: [workspace, "flows"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/workspaces/{workspace}/flows", { params: { path: { workspace } }, signal })),
  });
  const texts = { ...NO_TEXTS, ...stored }; // one of an older page has fewer fields
  const draft: Draft = { ...texts, people };
  const set = ({ people: listed, ...part }: Partial<Draft>) => {
    if (listed) setPeople(listed);
    if (Object.keys(part).length) setStored({ ...texts, ...part });
  };
  const forget = () => {
    forgetStored();
    setPeople(NOBODY);
  };
  const known = (key: string) => templates.data?.find((one) => keyOf(one) === key);
  const template = known(draft.template);
  const second = draft.compares ? known(draft.second.template) : undefined;
  const channel = draft.channel || (channels.data?.items[0]?.id ?? "");
  const body = bodyOf(draft, channel, template, second);
  const once = useIntent();
  const store = useMutation({
    mutationFn: async () => {
      if (!body) throw new Error(broadcasts.incomplete);
      const { result } = await once(body, async (key) => {
        const { command } = await answer(
          api.POST("/api/v1/workspaces/{workspace}/broadcasts", {
            params: { path: { workspace }, header: { "Idempotency-Key": key } },
            body,
          }),
        );
        return outcomeOf(workspace, command);
      });
      return String(result.broadcast);
    },
    onSuccess: async (id) => {
      forget();
      await client.invalidateQueries({ queryKey: [workspace, "broadcasts"] });
      await navigate({ to: `/w/${workspace}/broadcasts/${id}` as string });
    },
  });
  return (
    <Page wide title={broadcasts.add} text={broadcasts.composeText}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (body && !store.isPending) store.mutate();
        }}
      >
        <div className={classes.compose}>
          <Stack gap="xl">
            <Stack component="section" aria-label={broadcasts.what}>
              <Title order={2}>{broadcasts.what}</Title>
              <TextInput
                label={broadcasts.name}
                description={broadcasts.nameText}
                value={draft.name}
                maxLength={100}
                required
                onChange={(event) => set({ name: event.currentTarget.value })}
              />
              <Group grow align="flex-start">
                <Select
                  label={broadcasts.channel}
                  value={draft.channel}
                  allowDeselect={false}
                  onChange={(channel) => set({ channel: channel ?? "" })}
                  data={[
                    { value: "", label: broadcasts.firstChannel },
                    ...(channels.data?.items ?? []).map((one) => ({ value: one.id, label: one.id })),
                  ]}
                />
                <Select
                  label={broadcasts.kind}
                  value={draft.kind}
                  allowDeselect={false}
                  onChange={(kind) => set({ kind: kind as Draft["kind"] })}
                  data={(["template", "text", "flow"] as const).map((value) => ({
                    value,
                    label: broadcasts.contents[value],
                  }))}
                />
              </Group>
              {draft.kind === "template" && (
                <>
                  <TemplateChoice
                    label={draft.compares ? broadcasts.variant("A") : broadcasts.contents.template}
                    templates={templates.data ?? []}
                    channel={channel}
                    filling={draft}
                    set={set}
                  />
                  <Switch
                    label={broadcasts.compare}
                    description={broadcasts.compareText}
                    checked={draft.compares}
                    onChange={(event) => set({ compares: event.currentTarget.checked })}
                  />
                  {draft.compares && (
                    <TemplateChoice
                      label={broadcasts.variant("B")}
                      templates={templates.data ?? []}
                      channel={channel}
                      filling={draft.second}
                      set={(part) => set({ second: { ...draft.second, ...part } })}
                    />
                  )}
                </>
              )}
              {draft.kind === "text" && (
                <Textarea
                  label={broadcasts.contents.text}
                  description={broadcasts.windowText}
                  value={draft.text}
                  maxLength={4096}
                  autosize
                  minRows={4}
                  onChange={(event) => set({ text: event.currentTarget.value })}
                />
              )}
              {draft.kind === "flow" && (
                <Select
                  label={broadcasts.contents.flow}
                  description={broadcasts.windowText}
                  value={draft.flow || null}
                  onChange={(flow) => set({ flow: flow ?? "" })}
                  data={(flows.data?.items ?? []).map((one) => one.name)}
                />
              )}
            </Stack>
            <AudienceFields draft={draft} set={set} />
            <Stack component="section" aria-label={broadcasts.speed}>
              <Title order={2}>{broadcasts.speed}</Title>
              <Group grow align="flex-start">
                <NumberField
                  label={broadcasts.rate}
                  min={0.1}
                  max={500}
                  value={draft.rate}
                  onChange={(value) => value && set({ rate: value })}
                />
                <TextInput
                  label={broadcasts.price}
                  description={broadcasts.priceText}
                  value={draft.price}
                  inputMode="decimal"
                  pattern="(\d{1,9}([.,]\d{1,9})?)?"
                  onChange={(event) => set({ price: event.currentTarget.value })}
                />
                <TextInput
                  label={broadcasts.currency}
                  value={draft.currency}
                  pattern="[A-Z]{3}"
                  maxLength={3}
                  onChange={(event) => set({ currency: event.currentTarget.value.toUpperCase() })}
                />
              </Group>
            </Stack>
            {store.isError && <ErrorState error={store.error} />}
            <Group>
              <Button type="submit" disabled={!body} loading={store.isPending}>
                {broadcasts.store}
              </Button>
              <Button variant="default" onClick={forget}>
                {broadcasts.clear}
              </Button>
            </Group>
          </Stack>
          <Stack component="aside" gap="xl">
            <DryRun body={body} />
            {body && seesAll(member) && (
              <Previews
                body={body}
                template={draft.kind === "template" ? template : undefined}
                second={second}
              />
            )}
          </Stack>
        </div>
      </form>
    </Page>
  );
}
