import { TagsInput } from "@mantine/core";
import type { Schemas } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import type { usePatch } from "./usePatch";

type Props = { one: Schemas["CustomerAnswer"]; patch: ReturnType<typeof usePatch> };

/** The customer's tags; each change is sent at once. */
export function CustomerTags({ one, patch }: Props) {
  const { panel: t } = useTexts();
  const write = useMember().can("customers_write");
  return (
    <TagsInput
      mt="xs"
      size="xs"
      label={t.tags}
      placeholder={write ? t.addTag : undefined}
      value={one.tags}
      readOnly={!write}
      disabled={patch.isPending}
      onChange={(next) =>
        patch.mutate({
          add_tags: next.filter((tag) => !one.tags.includes(tag)),
          remove_tags: one.tags.filter((tag) => !next.includes(tag)),
        })
      }
    />
  );
}
