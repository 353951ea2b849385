import { ActionIcon, Anchor, Group, Select, Text, TextInput, Tooltip } from "@mantine/core";
import { IconUserPlus } from "@tabler/icons-react";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTexts } from "../../texts";
import { ErrorState } from "../../ui/ErrorState";
import { Loading } from "../../ui/Loading";
import { Phone } from "./Phone";
import { useChannels, usePersonas } from "./usePlay";

/** A phone with the choice of who holds it, and of the number that it writes to. */
export function PhonePanel() {
  const { phone } = useTexts();
  const { workspace } = useParams({ from: "/w/$workspace" });
  const channels = useChannels(workspace);
  const { personas, persona, play, playNew } = usePersonas();
  const [wanted, setWanted] = useState("");
  if (channels.isPending) return <Loading />;
  if (channels.isError && !channels.data)
    return <ErrorState error={channels.error} onRetry={() => channels.refetch()} />;
  const { items } = channels.data;
  const channel = items.find((one) => one.id === wanted) ?? items[0];
  if (!channel)
    return (
      <Text size="sm">
        {`${phone.none}. `}
        <Anchor component={Link} to={`/w/${workspace}/start` as string} size="sm">
          {phone.noneText}
        </Anchor>
      </Text>
    );
  return (
    <>
      <Group gap="xs" wrap="nowrap" align="flex-end">
        <Select
          label={phone.customer}
          flex={1}
          size="xs"
          allowDeselect={false}
          comboboxProps={{ withinPortal: true }}
          data={personas.map((one) => ({ value: one.number, label: `${one.name} ${one.number}` }))}
          value={persona.number}
          onChange={(number) => {
            const chosen = personas.find((one) => one.number === number);
            if (chosen) play(chosen);
          }}
        />
        <Tooltip label={phone.newCustomer}>
          <ActionIcon variant="default" size={30} aria-label={phone.newCustomer} onClick={playNew}>
            <IconUserPlus size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Group>
      <Group gap="xs" wrap="nowrap" grow align="flex-end">
        <TextInput
          key={persona.number}
          label={phone.name}
          size="xs"
          defaultValue={persona.name}
          maxLength={100}
          onBlur={(event) => {
            const name = event.currentTarget.value.trim();
            if (name && name !== persona.name) play({ ...persona, name });
          }}
        />
        <Select
          label={phone.to}
          size="xs"
          allowDeselect={false}
          data={items.map((one) => ({
            value: one.id,
            label: `${one.provider === "twilio" ? phone.twilio : phone.meta} ${one.address}`,
          }))}
          value={channel.id}
          onChange={(id) => id && setWanted(id)}
        />
      </Group>
      <Phone
        key={`${channel.id} ${persona.number}`}
        channel={channel.id}
        address={channel.address}
        persona={persona}
      />
    </>
  );
}
