import { ActionIcon, Button, Group, Input, Stack, Switch, Text } from "@mantine/core";
import { IconCopy, IconPlus, IconX } from "@tabler/icons-react";
import { useLanguage } from "../../../app/LanguageProvider";
import { useTexts } from "../../../texts";
import classes from "./Hours.module.css";
import { DAYS, type Day, dayName, endsOf, problemOf, spanOf, type Week } from "./week";

export type { Week } from "./week";

type Props = {
  id: string;
  value: Week | null;
  onChange: (value: Week | null) => void;
  error?: string;
  disabled: boolean;
};

const OFFICE = ["09:00-17:00"];

/** The hours of each day of the week; null: always open. */
export function WeekEditor({ id, value, onChange, error, disabled }: Props) {
  const { settingHours: texts } = useTexts();
  const { language } = useLanguage();
  const set = (day: Day, spans: string[]) => onChange({ ...value, [day]: spans });
  function toggle(always: boolean) {
    const workdays = Object.fromEntries(DAYS.map((day, index) => [day, index < 5 ? OFFICE : []]));
    onChange(always ? null : workdays);
  }
  return (
    <Stack gap="sm">
      <Switch
        id={id}
        label={texts.always}
        description={texts.alwaysText}
        checked={value === null}
        onChange={(event) => toggle(event.currentTarget.checked)}
        disabled={disabled}
      />
      {value !== null && (
        <div className={classes.week}>
          {DAYS.map((day, index) => {
            const spans = value[day] ?? [];
            const name = dayName(day, language);
            return (
              <fieldset key={day} className={classes.day} disabled={disabled} aria-label={name}>
                <Text fw={550} size="sm" className={classes.name} aria-hidden>
                  {name}
                </Text>
                <Stack gap={6} flex={1}>
                  {spans.length === 0 && (
                    <Text size="sm" c="dimmed" py={6}>
                      {texts.closed}
                    </Text>
                  )}
                  {spans.map((span, place) => (
                    <SpanInput
                      // biome-ignore lint/suspicious/noArrayIndexKey: spans have no id, and stay in their places
                      key={place}
                      span={span}
                      name={`${name} ${place + 1}`}
                      onChange={(next) =>
                        set(
                          day,
                          spans.map((one, other) => (other === place ? next : one)),
                        )
                      }
                      onRemove={() =>
                        set(
                          day,
                          spans.filter((_, other) => other !== place),
                        )
                      }
                    />
                  ))}
                  <Problem spans={spans} />
                </Stack>
                <Group gap={4} wrap="nowrap" align="flex-start">
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size={34}
                    disabled={disabled}
                    aria-label={`${texts.addSpan}: ${name}`}
                    onClick={() => set(day, [...spans, nextSpan(spans)])}
                  >
                    <IconPlus size={16} />
                  </ActionIcon>
                  {index > 0 && (
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      size={34}
                      disabled={disabled}
                      title={texts.asBefore}
                      aria-label={`${texts.asBefore}: ${name}`}
                      onClick={() => set(day, [...(value[DAYS[index - 1] as Day] ?? [])])}
                    >
                      <IconCopy size={16} />
                    </ActionIcon>
                  )}
                </Group>
              </fieldset>
            );
          })}
          {!disabled && (
            <Button
              variant="subtle"
              size="compact-sm"
              onClick={() =>
                onChange({
                  ...value,
                  ...Object.fromEntries(DAYS.slice(0, 5).map((day) => [day, value.mon ?? []])),
                })
              }
            >
              {texts.workdays}
            </Button>
          )}
        </div>
      )}
      {error && <Input.Error>{error}</Input.Error>}
    </Stack>
  );
}

function nextSpan(spans: readonly string[]): string {
  const last = spans.at(-1);
  if (!last) return "09:00-17:00";
  const end = endsOf(last)[1];
  return end < "20:00" ? `${end < "13:00" ? "13:00" : end}-${end < "17:00" ? "17:00" : "22:00"}` : "-";
}

function Problem({ spans }: { spans: readonly string[] }) {
  const { settingHours: texts } = useTexts();
  const found = problemOf(spans);
  return found && <Input.Error role="alert">{texts.problems[found]}</Input.Error>;
}

type SpanProps = { span: string; name: string; onChange: (span: string) => void; onRemove: () => void };

function SpanInput({ span, name, onChange, onRemove }: SpanProps) {
  const { settingHours: texts } = useTexts();
  const [begin, end] = endsOf(span);
  return (
    <Group gap={6} wrap="nowrap">
      <input
        type="time"
        className={classes.time}
        value={begin}
        aria-label={`${name}: ${texts.opens}`}
        onChange={(event) => onChange(spanOf(event.currentTarget.value, end))}
      />
      <span aria-hidden>–</span>
      <input
        type="time"
        className={classes.time}
        value={end === "24:00" ? "00:00" : end}
        aria-label={`${name}: ${texts.closes}`}
        onChange={(event) => onChange(spanOf(begin, event.currentTarget.value))}
      />
      <ActionIcon
        variant="subtle"
        color="gray"
        size={30}
        onClick={onRemove}
        aria-label={`${texts.remove}: ${name}`}
      >
        <IconX size={15} />
      </ActionIcon>
    </Group>
  );
}
