import { Alert, Anchor, Button, Group, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconArrowLeft, IconPlayerPlay } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { answer, api } from "../../api/client";
import { seesAll, useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { useZone } from "../../time/zone";
import { ErrorState } from "../../ui/ErrorState";
import { sectionQuery } from "../../ui/form/useSection";
import { useIntent } from "../../ui/intent";
import { NumberField } from "../../ui/NumberField";
import { Page } from "../../ui/Page";
import { RequestError } from "../../ui/RequestError";
import { faqsQuery } from "../faq/queries";
import { ChangeSection } from "./ChangeSection";
import { DaysSection, initialDays, momentsOf } from "./DaysSection";
import { type Bot, changesOf, isEmpty, proposedLimit } from "./draft";
import { EstimatePanel } from "./EstimatePanel";
import classes from "./NewReplayPage.module.css";
import { NoReplays } from "./NoReplays";
import { replaysKey } from "./queries";
import shared from "./Replay.module.css";
import { Step } from "./Step";
import { useKept } from "./useKept";

const TYPING = 400; // milliseconds, after which a change is estimated

/** A new replay: days, what is tried, what it costs. */
export function NewReplayPage() {
  const member = useMember();
  return member.can("replays_run") && seesAll(member) ? <NewReplayForm /> : <NoReplays />;
}

function NewReplayForm() {
  const { replay: texts } = useTexts();
  const { workspace, me } = useMember();
  const search = useSearch({ from: "/w/$workspace/replays/new" });
  const zone = useZone();
  const navigate = useNavigate();
  const client = useQueryClient();
  const once = useIntent();
  const botNow = useQuery(sectionQuery(workspace, "bot"));
  const faqsNow = useQuery(faqsQuery(workspace));
  const bot = botNow.data?.values as Bot | undefined;
  const faqs = faqsNow.data?.data.items;
  const failed = (!bot && botNow.error) || (!faqs && faqsNow.error);
  const { kept, wasKept, set, discard, forget } = useKept(workspace, me.id, search.flow);
  const { draft, days, name, limit } = kept;
  const chosen = days ?? initialDays(zone);
  const changes = changesOf(draft, bot, faqs);
  const scope = { ...momentsOf(chosen, zone), channel: chosen.channel, max_messages: chosen.most, changes };
  const wanted = JSON.stringify(scope);
  const [settled] = useDebouncedValue(wanted, TYPING);
  const estimated = useQuery({
    queryKey: [workspace, "replays", "estimate", settled],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/api/v1/workspaces/{workspace}/replays/estimate", {
          params: { path: { workspace } },
          body: JSON.parse(settled) as typeof scope,
          signal,
        }),
      ),
    enabled: bot !== undefined && faqs !== undefined,
    placeholderData: (before) => before,
    retry: false,
  });
  const isOld = settled !== wanted || estimated.isPlaceholderData;
  const maxUsd = limit ?? proposedLimit(Number(estimated.data?.usd ?? 0));
  const start = useMutation({
    mutationFn: () => {
      const body = { ...scope, name: name.trim() || texts.unnamed, max_usd: String(maxUsd) };
      return once(body, (key) =>
        answer(
          api.POST("/api/v1/workspaces/{workspace}/replays", {
            params: { path: { workspace }, header: { "Idempotency-Key": key } },
            body,
          }),
        ),
      );
    },
    onSuccess: (made) => {
      forget();
      void client.invalidateQueries({ queryKey: replaysKey(workspace) });
      void navigate({ to: `/w/${workspace}/replays/${made.id}` as string });
    },
  });
  const again = () => {
    void botNow.refetch();
    void faqsNow.refetch();
  };
  const nothing = estimated.data?.messages === 0;
  return (
    <Page wide title={texts.newTitle} text={texts.newText}>
      <Anchor component={Link} to={`/w/${workspace}/replays` as string} size="sm" className={shared.back}>
        <IconArrowLeft size={15} aria-hidden /> {texts.back}
      </Anchor>
      <div className={classes.wizard}>
        <Stack gap={40}>
          {wasKept && (
            <Alert role="note" color="blue" variant="light">
              <Group justify="space-between" gap="xs">
                <Text size="sm">{texts.kept}</Text>
                <Button variant="default" size="xs" onClick={discard}>
                  {texts.discard}
                </Button>
              </Group>
            </Alert>
          )}
          <DaysSection days={chosen} onChange={(next) => set({ days: next })} />
          <Step number={2} title={texts.whatToChange} text={texts.whatToChangeText}>
            {failed && <ErrorState error={failed} onRetry={again} />}
            {!failed && !(bot && faqs) && <Skeleton height={260} radius="lg" />}
            {bot && faqs && (
              <ChangeSection
                draft={draft}
                onChange={(next) => set({ draft: next })}
                bot={bot}
                faqs={faqs}
                changes={changes}
                openAt={search.flow ? "flow" : search.change}
                flow={search.flow}
              />
            )}
          </Step>
        </Stack>
        <section className={classes.aside} aria-label={texts.estimate}>
          {!failed && <EstimatePanel estimate={estimated} isOld={isOld} />}
          <TextInput
            label={texts.name}
            description={texts.nameText}
            placeholder={texts.unnamed}
            maxLength={100}
            value={name}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          <NumberField
            label={texts.limit}
            description={texts.limitText}
            prefix="$"
            min={0}
            max={50}
            step={0.1}
            decimalScale={2}
            fixedDecimalScale
            value={maxUsd}
            onChange={(next) => set({ limit: next })}
          />
          {isEmpty(changes) && (
            <Alert color="blue" variant="light">
              {texts.nothingChangedText}
            </Alert>
          )}
          <RequestError error={start.error} />
          <Button
            size="md"
            leftSection={<IconPlayerPlay size={18} aria-hidden />}
            loading={start.isPending}
            disabled={!estimated.data || estimated.isError || isOld || nothing || start.isSuccess}
            onClick={() => start.mutate()}
          >
            {texts.start}
          </Button>
          <Text size="xs" c="dimmed">
            {texts.promise}
          </Text>
        </section>
      </div>
    </Page>
  );
}
