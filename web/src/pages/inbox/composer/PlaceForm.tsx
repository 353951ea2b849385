import { Anchor, Button, Group, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Schemas } from "../../../api/client";
import { useTexts } from "../../../texts";
import { mapOf, placeIn } from "./place";
import { useSending } from "./useSending";

type Props = { onSend: (place: Schemas["LocationContent"], text: string) => void };

/** Asks for a place and sends it. */
export function PlaceForm({ onSend }: Props) {
  const { cards: t } = useTexts();
  const [at, setAt] = useState("");
  const [name, setName] = useState("");
  const [address, setAddress] = useState("");
  const [tried, setTried] = useState(false);
  const found = placeIn(at);
  const sending = useSending(() => {
    setTried(true);
    if (!found) return;
    const given = { name: name.trim(), address: address.trim() };
    onSend({ type: "location", ...found, ...given }, given.name || given.address || at.trim());
  });
  return (
    <form onSubmit={sending.onSubmit}>
      <Stack gap="sm">
        <TextInput
          label={t.at}
          description={t.atText}
          required
          maxLength={2000}
          data-autofocus
          value={at}
          error={tried && !found ? t.badPlace : undefined}
          onChange={(event) => setAt(event.currentTarget.value)}
        />
        {found && (
          <Anchor href={mapOf(found)} target="_blank" rel="noopener noreferrer" size="xs">
            {t.look}
          </Anchor>
        )}
        <TextInput
          label={t.place}
          maxLength={1000}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label={t.address}
          maxLength={1000}
          value={address}
          onChange={(event) => setAddress(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button {...sending.button} />
        </Group>
        {sending.notice}
      </Stack>
    </form>
  );
}
