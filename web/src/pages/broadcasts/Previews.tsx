import { Skeleton, Stack, Text, Title } from "@mantine/core";
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

type Props = { body: Schemas["BroadcastDraft"]; template: Template | undefined };

/** What three real people of the audience would read. */
export function Previews({ body, template }: Props) {
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
            <Text size="sm" fw={600} mb={4}>
              {one.name || one.phone}
            </Text>
            {one.skipped ? (
              <Text size="sm" c="orange">
                {broadcasts.getsNothing(reasonText(one.skipped, broadcasts))}
              </Text>
            ) : template ? (
              <TemplatePreview template={template} parameters={one.parameters} header={one.header} />
            ) : (
              <PhoneMessage text={one.text || broadcasts.flowBegins} />
            )}
          </div>
        ))}
      </Stack>
    </section>
  );
}
