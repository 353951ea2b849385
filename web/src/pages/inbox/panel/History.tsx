import { Badge, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { answer, api } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { reachedText } from "../../../ui/reachedText";
import { sameFilters } from "../sameFilters";
import classes from "./Panel.module.css";
import { Section } from "./Section";

type Props = { customer: string; conversation: string };
const SHOWN = 5;

/** The customer's conversations on other channels, and broadcasts that went to the customer. */
export function History({ customer, conversation }: Props) {
  const { inbox, panel: t } = useTexts();
  const { workspace, can } = useMember();
  const format = useFormat();
  const path = { workspace, customer };
  const others = useQuery({
    queryKey: [workspace, "customer-conversations", customer],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/customers/{customer}/conversations", {
          params: { path },
          signal,
        }),
      ),
  });
  const broadcasts = useQuery({
    queryKey: [workspace, "customer-broadcasts", customer],
    enabled: can("broadcasts_read"),
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/customers/{customer}/broadcasts", {
          params: { path },
          signal,
        }),
      ),
  });
  const rest = (others.data?.items ?? []).filter((one) => one.id !== conversation);
  const sent = (broadcasts.data?.items ?? []).slice(0, SHOWN);
  return (
    <>
      {rest.length > 0 && (
        <Section title={t.others}>
          <ul className={classes.list}>
            {rest.map((one) => (
              <li key={one.id} className={classes.item}>
                <Link to={`/w/${workspace}/inbox/${one.id}` as string} search={sameFilters as never}>
                  {one.channel}
                </Link>
                <Text size="xs" c="dimmed" lineClamp={1} dir="auto">
                  {one.preview?.text}
                </Text>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {sent.length > 0 && (
        <Section title={t.broadcasts}>
          <ul className={classes.list}>
            {sent.map((one) => (
              <li key={one.broadcast} className={classes.item}>
                <Group gap={6} justify="space-between" wrap="nowrap">
                  <Link to={`/w/${workspace}/broadcasts/${one.broadcast}` as string}>{one.name}</Link>
                  <Badge variant="light">{reachedText(one.reached, one.in_doubt, inbox)}</Badge>
                </Group>
                {one.created_at && (
                  <Text size="xs" c="dimmed">
                    {format.date(one.created_at)}
                  </Text>
                )}
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}
