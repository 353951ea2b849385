import { Button, Group, Input, Pill, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useLanguage } from "../../../app/LanguageProvider";
import { useTexts } from "../../../texts";
import classes from "./Hours.module.css";

type Props = {
  id: string;
  value: string[];
  onChange: (value: string[]) => void;
  error?: string;
  disabled: boolean;
};

/** Days on which it is closed all day. */
export function HolidayList({ id, value, onChange, error, disabled }: Props) {
  const { settingHours: texts } = useTexts();
  const { language } = useLanguage();
  const [day, setDay] = useState("");
  const shown = new Intl.DateTimeFormat(language, { dateStyle: "full", timeZone: "UTC" });
  function add() {
    if (!day) return;
    onChange([...new Set([...value, day])].sort());
    setDay("");
  }
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <input
          id={id}
          type="date"
          className={classes.time}
          value={day}
          aria-label={texts.holiday}
          disabled={disabled}
          onChange={(event) => setDay(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") {
              event.preventDefault();
              add();
            }
          }}
        />
        <Button variant="default" onClick={add} disabled={disabled || !day}>
          {texts.addHoliday}
        </Button>
      </Group>
      {value.length === 0 && (
        <Text size="sm" c="dimmed">
          {texts.noHolidays}
        </Text>
      )}
      <Group gap={6}>
        {value.map((one) => (
          <Pill
            key={one}
            size="md"
            withRemoveButton={!disabled}
            onRemove={() => onChange(value.filter((other) => other !== one))}
            removeButtonProps={{ "aria-label": `${texts.remove}: ${one}`, tabIndex: 0, "aria-hidden": false }}
          >
            {shown.format(new Date(`${one}T00:00:00Z`))}
          </Pill>
        ))}
      </Group>
      {error && <Input.Error>{error}</Input.Error>}
    </Stack>
  );
}
