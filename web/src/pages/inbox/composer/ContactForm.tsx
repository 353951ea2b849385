import { Button, Group, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Schemas } from "../../../api/client";
import { useTexts } from "../../../texts";
import { useSending } from "./useSending";

type Props = { onSend: (contact: Schemas["ContactsContent"], text: string) => void };

/** Asks for an address card and sends it. */
export function ContactForm({ onSend }: Props) {
  const { cards: t } = useTexts();
  const [card, setCard] = useState({ name: "", phone: "", email: "", organisation: "" });
  const [tried, setTried] = useState(false);
  const name = card.name.trim();
  const phone = card.phone.replace(/[\s().-]/g, "");
  const isPhone = /^\+\d{5,15}$/.test(phone);
  const sending = useSending(() => {
    setTried(true);
    if (!name || !isPhone) return;
    const emails = card.email.trim() ? [card.email.trim()] : [];
    const sent = { name, phones: [phone], emails, organisation: card.organisation.trim() };
    onSend({ type: "contacts", cards: [sent] }, name);
  });
  const field = (of: keyof typeof card) => ({
    label: t[of],
    value: card[of],
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget;
      setCard((now) => ({ ...now, [of]: value }));
    },
  });
  return (
    <form onSubmit={sending.onSubmit}>
      <Stack gap="sm">
        <TextInput {...field("name")} required maxLength={200} data-autofocus />
        <TextInput
          {...field("phone")}
          description={t.phoneText}
          type="tel"
          required
          maxLength={40}
          error={tried && !isPhone ? t.badPhone : undefined}
        />
        <TextInput {...field("email")} type="email" maxLength={254} />
        <TextInput {...field("organisation")} maxLength={200} />
        <Group justify="flex-end">
          <Button {...sending.button} />
        </Group>
        {sending.notice}
      </Stack>
    </form>
  );
}
