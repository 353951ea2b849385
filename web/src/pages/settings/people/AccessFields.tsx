import { MultiSelect, Radio, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { channelsQuery } from "../channels/queries";

export type Access = { role: Schemas["Role"]; sees: Schemas["Sees"]; channels: string[] };
const ROLES = ["owner", "admin", "agent", "viewer"] as const;

/** The rights of somebody, in words. */
export function AccessFields({ value, onChange }: { value: Access; onChange: (value: Access) => void }) {
  const { people: texts } = useTexts();
  const { workspace, role } = useMember();
  const channels = useQuery(channelsQuery(workspace)).data?.items ?? [];
  const given = ROLES.filter(
    (one) => role === "owner" || one === "agent" || one === "viewer" || one === value.role,
  );
  return (
    <Stack>
      <Radio.Group
        label={texts.role}
        value={value.role}
        onChange={(next) => onChange({ ...value, role: next as Access["role"] })}
      >
        <Stack gap="xs" mt={6}>
          {given.map((one) => (
            <Radio key={one} value={one} label={texts.roles[one].label} description={texts.roles[one].text} />
          ))}
        </Stack>
      </Radio.Group>
      <Radio.Group
        label={texts.sees}
        value={value.sees}
        onChange={(next) => onChange({ ...value, sees: next as Access["sees"] })}
      >
        <Stack gap="xs" mt={6}>
          <Radio value="all" label={texts.seesAll} />
          <Radio value="own_and_unassigned" label={texts.seesOwn} />
        </Stack>
      </Radio.Group>
      {channels.length > 1 && (
        <MultiSelect
          label={texts.channels}
          description={texts.channelsText}
          data={channels.map((one) => ({ value: one.id, label: `${one.id} · ${one.address}` }))}
          value={value.channels}
          onChange={(next) => onChange({ ...value, channels: next })}
          clearable
        />
      )}
    </Stack>
  );
}
