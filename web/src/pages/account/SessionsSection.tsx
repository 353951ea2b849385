import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../../api/client";
import { useLanguage } from "../../app/LanguageProvider";
import { meQuery } from "../../app/me";
import { type Texts, useTexts } from "../../texts";
import { makeFormat } from "../../time/format";
import { ErrorState } from "../../ui/ErrorState";
import { FormError } from "../../ui/FormError";
import { Loading } from "../../ui/Loading";
import classes from "./AccountPage.module.css";
import { Section } from "./Section";

type Session = Schemas["OwnSession"];
const KEY = ["me", "sessions"];

export function SessionsSection() {
  const { account } = useTexts();
  const client = useQueryClient();
  const sessions = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/me/sessions", { signal })),
  });
  const refresh = () => client.invalidateQueries({ queryKey: KEY });
  const end = useMutation({
    mutationFn: (session: string) =>
      answer(api.DELETE("/api/v1/me/sessions/{session}", { params: { path: { session } } })),
    onSettled: refresh,
  });
  const endOthers = useMutation({
    mutationFn: () => answer(api.DELETE("/api/v1/me/sessions", {})),
    onSettled: refresh,
  });
  const others = sessions.data?.some((one) => !one.current) ?? false;
  return (
    <Section title={account.sessions}>
      <FormError error={end.error ?? endOthers.error} />
      {sessions.isPending && <Loading h={80} />}
      {sessions.isError && <ErrorState error={sessions.error} onRetry={() => sessions.refetch()} />}
      <div>
        {sessions.data?.map((one) => (
          <SessionRow key={one.id} session={one} busy={end.isPending} onEnd={() => end.mutate(one.id)} />
        ))}
      </div>
      {others ? (
        <Button
          variant="default"
          w="fit-content"
          loading={endOthers.isPending}
          onClick={() => endOthers.mutate()}
        >
          {account.endOthers}
        </Button>
      ) : (
        sessions.isSuccess && (
          <Text size="sm" c="dimmed">
            {account.noOthers}
          </Text>
        )
      )}
    </Section>
  );
}

function SessionRow({ session, busy, onEnd }: { session: Session; busy: boolean; onEnd: () => void }) {
  const { account } = useTexts();
  const { language } = useLanguage();
  const client = useQueryClient();
  const zone = client.getQueryData(meQuery.queryKey)?.zone;
  const format = makeFormat(language, zone || Intl.DateTimeFormat().resolvedOptions().timeZone);
  const device = deviceOf(session.agent, account);
  const facts = [
    session.address,
    account.since(format.dateTime(session.made_at)),
    account.seen(format.relative(session.seen_at)),
    ...(session.second_factor ? [account.withFactor] : []),
  ];
  return (
    <div className={classes.session}>
      <Stack gap={2}>
        <Group gap="xs">
          <Text fw={550}>{device}</Text>
          {session.current && (
            <Badge variant="light" size="sm">
              {account.here}
            </Badge>
          )}
        </Group>
        <Text size="sm" c="dimmed">
          {facts.join(" · ")}
        </Text>
      </Stack>
      {!session.current && (
        <Button
          variant="subtle"
          color="red"
          size="xs"
          disabled={busy}
          aria-label={account.endNamed(device)}
          onClick={onEnd}
        >
          {account.end}
        </Button>
      )}
    </div>
  );
}

const BROWSERS = ["Edg", "OPR", "Firefox", "Chrome", "Safari"] as const;
const NAMES: Record<string, string> = { Edg: "Edge", OPR: "Opera" };
const SYSTEMS = ["Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"] as const;

/** Returns words for a browser's own description of itself: `Firefox, Windows`. */
export function deviceOf(agent: string, account: Texts["account"]): string {
  const browser = BROWSERS.find((one) => agent.includes(one));
  const system = SYSTEMS.find((one) => agent.includes(one));
  const known = [browser && (NAMES[browser] ?? browser), system].filter(Boolean).join(", ");
  return known || agent.slice(0, 40) || account.unknownDevice;
}
