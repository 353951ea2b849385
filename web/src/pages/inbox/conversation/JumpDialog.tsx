import { Button, Group, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { Modal } from "../../../ui/dialogs/Modal";
import { startOfDay } from "./startOfDay";

type Props = { opened: boolean; onClose: () => void; onJump: (time: string) => void };

/** Asks for a day to show. */
export function JumpDialog({ opened, onClose, onJump }: Props) {
  const { conversation: t } = useTexts();
  const { zone } = useFormat();
  const [day, setDay] = useState("");
  return (
    <Modal opened={opened} onClose={onClose} title={t.jump} size="xs">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (day) onJump(startOfDay(day, zone).toISOString());
        }}
      >
        <Group align="flex-end" wrap="nowrap">
          <TextInput
            flex={1}
            type="date"
            aria-label={t.jump}
            required
            value={day}
            onChange={(event) => setDay(event.currentTarget.value)}
          />
          <Button type="submit">{t.jumpTo}</Button>
        </Group>
      </form>
    </Modal>
  );
}
