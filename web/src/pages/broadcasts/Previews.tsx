import { Badge, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { ErrorState } from "../../ui/ErrorState";
import { PhoneMessage } from "../../ui/PhoneMessage";
import type { Template } from "../templates/definition";
import { TemplatePreview } from "../templates/TemplatePreview";
import { reasonText } from "./reasons";

type Props = { body: Schemas["BroadcastDraft"]; template?: Template; second?: Template };

/** The message as three real people of the audience would read it. second: what those of variant B get. */
export function Previews({ body, template, second }: Props) {
  const { broadcasts } = useTexts();
  const { workspace } = useMember();
  const [settled] = useDebouncedValue(JSON.stringify(body), 500);
  const preview = useQuery({
    queryKey: [workspace, "broadcast-preview", settled],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/api/v1/workspaces/{workspace}/broadcasts/preview", {
          params: { path: { workspace } },
          body: JSON.parse(settled) as Schemas["BroadcastDraft"],
          signal,
        }),
      ),
  });
  return (
    <section aria-label={broadcasts.previews}>
      <Title order={2} size="h5" mb="xs">
        {broadcasts.previews}
      </Title>
      {preview.isPending && <Skeleton height={120} />}
      {preview.isError && <ErrorState error={preview.error} onRetry={() => preview.refetch()} />}
      {preview.data?.items.length === 0 && <Text size="sm">{broadcasts.nobody}</Text>}
      <Stack>
        {preview.data?.items.map((one) => (
          <div key={`${one.customer_id} ${one.phone}`} data-preview>
            <Group gap="xs" mb={4}>
              <Text size="sm" fw={600}>
                {one.name || one.phone}
              </Text>
              {one.variant && <Badge variant="light">{one.variant}</Badge>}
            </Group>
            {one.skipped ? (
              <Text size="sm" c="orange">
                {broadcasts.getsNothing(reasonText(one.skipped, broadcasts))}
              </Text>
            ) : template ? (
              <TemplatePreview
                template={(one.variant === "b" && second) || template}
                parameters={one.parameters}
                header={one.header}
              />
            ) : (
              <PhoneMessage text={one.text || broadcasts.flowBegins} />
            )}
          </div>
        ))}
      </Stack>
    </section>
  );
}
