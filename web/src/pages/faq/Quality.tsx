import { Alert, Anchor, List, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { ErrorState } from "../../ui/ErrorState";
import { type Faq, forecastQuery, remarksQuery } from "./queries";

type Props = { faqs: readonly Faq[]; onOpen: (faq: Faq) => void };

/** The expected quality of the FAQ, and what would make it better. */
export function Quality({ faqs, onOpen }: Props) {
  const { faq } = useTexts();
  const { workspace } = useMember();
  const format = useFormat();
  const forecast = useQuery({ ...forecastQuery(workspace), enabled: faqs.length > 0 });
  if (faqs.length === 0) return null;
  const known = new Map(faqs.map((one) => [one.id, one]));
  const named = (id: string) => {
    const found = known.get(id);
    return (
      found && (
        <Anchor component="button" type="button" size="sm" ta="start" onClick={() => onOpen(found)}>
          {found.question}
        </Anchor>
      )
    );
  };
  return (
    <section aria-label={faq.quality}>
      <Title order={2} size="h5" mb="xs">
        {faq.quality}
      </Title>
      {forecast.isPending && <Skeleton height={60} />}
      {forecast.isError && <ErrorState error={forecast.error} onRetry={() => forecast.refetch()} />}
      {forecast.data && (
        <Stack gap="sm">
          {forecast.data.precision === null ? (
            <Text size="sm">{faq.noTrials}</Text>
          ) : (
            <Text size="sm">
              {faq.expected(
                format.percent(forecast.data.precision),
                format.percent(forecast.data.coverage ?? 0),
                format.number(forecast.data.trials),
              )}
            </Text>
          )}
          {forecast.data.confusable.length > 0 && (
            <div>
              <Text size="sm" fw={600}>
                {faq.confusable}
              </Text>
              <List size="sm" spacing={6}>
                {forecast.data.confusable.map(({ ids, text }) => (
                  <List.Item key={`${ids.join()} ${text}`}>
                    {named(ids[0] ?? "")} ↔ {named(ids[1] ?? "")}
                    <Text size="xs" c="dimmed">
                      “{text}”
                    </Text>
                  </List.Item>
                ))}
              </List>
            </div>
          )}
          {forecast.data.need_variants.length > 0 && (
            <div>
              <Text size="sm" fw={600}>
                {faq.needVariants}
              </Text>
              <List size="sm" spacing={6}>
                {forecast.data.need_variants.map((id) => (
                  <List.Item key={id}>{named(id)}</List.Item>
                ))}
              </List>
            </div>
          )}
        </Stack>
      )}
      {/* One after the other: the server does one such piece of work of a workspace at a time. */}
      {forecast.isFetched && <Remarks />}
    </section>
  );
}

function Remarks() {
  const { faq } = useTexts();
  const { workspace } = useMember();
  const remarks = useQuery(remarksQuery(workspace));
  const items = remarks.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <Alert color="orange" title={faq.remarks} mt="sm" p="sm">
      <List size="sm" spacing={4}>
        {items.map((one) => (
          <List.Item key={one.message}>{one.message}</List.Item>
        ))}
      </List>
    </Alert>
  );
}
