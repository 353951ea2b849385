import { Alert, Badge, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { Drawer } from "../../../ui/dialogs/Drawer";
import { ErrorState } from "../../../ui/ErrorState";
import { Loading } from "../../../ui/Loading";
import { said } from "../../../ui/said";
import type { Entry } from "../conversation/timeline";
import classes from "./Why.module.css";

type Props = { entry: Entry | null; onClose: () => void };

/** Explains one of our messages: what led to it, what happened to it, and what it cost. */
export function WhyDrawer({ entry, onClose }: Props) {
  const { why: t } = useTexts();
  return (
    <Drawer opened={entry !== null} onClose={onClose} position="right" title={t.title} size="lg">
      {entry && <Explanation entry={entry} />}
    </Drawer>
  );
}

function Explanation({ entry }: { entry: Entry }) {
  const { why: t } = useTexts();
  const { workspace } = useMember();
  const path = { workspace, message: entry.id };
  const why = useQuery({
    queryKey: [workspace, "why", entry.id, entry.delivery?.state],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/workspaces/{workspace}/messages/{message}/why", { params: { path }, signal })),
  });
  const attempts = useQuery({
    queryKey: [workspace, "attempts", entry.id, entry.delivery?.state],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/messages/{message}/attempts", { params: { path }, signal }),
      ),
  });
  return (
    <Stack>
      <Alert color="parley" p="sm">
        {t.summary[entry.author ?? ""] ?? t.summary.system}
      </Alert>
      {why.isPending && <Loading h={160} />}
      {why.isError && <ErrorState error={why.error} onRetry={() => why.refetch()} />}
      {why.data && <Steps why={why.data} />}
      {attempts.data && attempts.data.items.length > 0 && <Attempts attempts={attempts.data.items} />}
      {why.data && (
        <Text size="xs" c="dimmed">
          {t.request(why.data.correlation_id)}
        </Text>
      )}
    </Stack>
  );
}

/** The steps of an exchange, with what it cost and how long it took. */
export function Steps({ why }: { why: Schemas["WhyAnswer"] }) {
  const { why: t } = useTexts();
  const format = useFormat();
  const decision = why.steps.filter((one) => one.code === "decided");
  const last = Math.max(0, ...why.steps.map((one) => one.ms ?? 0));
  return (
    <>
      {decision.length > 0 && (
        <section>
          <Title order={3} size="h5" mb={4}>
            {t.decision}
          </Title>
          {decision.map((one) => (
            <Text size="sm" key={one.what}>
              {said(t.steps, one.code, one.values, one.what)}
            </Text>
          ))}
        </section>
      )}
      {why.spent && <Text size="sm">{t.cost(why.spent.usd, why.spent.answers)}</Text>}
      {last > 0 && <Text size="sm">{t.took(format.duration(last / 1000))}</Text>}
      <section>
        <Title order={3} size="h5" mb={4}>
          {t.progress}
        </Title>
        <ol className={classes.steps}>
          {why.steps.map((one, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the steps of an answer never move
            <li key={index} data-level={one.level} className={classes.step}>
              <Text size="xs" c="dimmed" component="span" className={classes.where}>
                {t.where[one.where] ?? one.where}
              </Text>
              <Text size="sm" component="span" dir="auto">
                {said(t.steps, one.code, one.values, one.what)}
              </Text>
              <Text size="xs" c="dimmed" component="span" className={classes.when}>
                {one.ms === null ? t.notYet : `${one.ms < 0 ? "" : "+"}${format.number(one.ms)} ms`}
              </Text>
            </li>
          ))}
        </ol>
      </section>
    </>
  );
}

/** Codes of attempts that ended without a clear answer: the provider may have taken the message. */
const UNANSWERED = new Set(["no_answer", "unreadable_answer", "in_doubt"]);

function Attempts({ attempts }: { attempts: Schemas["Attempt"][] }) {
  const { why: t } = useTexts();
  const format = useFormat();
  return (
    <section>
      <Title order={3} size="h5" mb={4}>
        {t.attempts}
      </Title>
      <Table>
        <Table.Tbody>
          {attempts.map((one) => (
            <Table.Tr key={one.at}>
              <Table.Td>{format.dateTime(one.at)}</Table.Td>
              <Table.Td>
                <Badge color={one.outcome === "accepted" ? "parley" : "red"} variant="light">
                  {one.outcome === "accepted" ? t.accepted : UNANSWERED.has(one.code) ? t.noAnswer : t.failed}
                </Badge>
              </Table.Td>
              <Table.Td>{[one.code, one.title, one.detail].filter(Boolean).join(" · ")}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
