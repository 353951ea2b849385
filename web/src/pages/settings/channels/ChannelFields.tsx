import { Button, Group, PasswordInput, TextInput } from "@mantine/core";
import { useTexts } from "../../../texts";
import { type ChannelField, inventSecret } from "./providers";

/** As `shared/workspace` checks it. */
const ID = /^[a-z0-9][a-z0-9_-]{0,62}$/;

type Props = {
  id?: string;
  onId?: (id: string) => void;
  fields: readonly ChannelField[];
  values: Readonly<Record<string, string>>;
  errors: Readonly<Record<string, string | undefined>>;
  onChange: (name: string, value: string) => void;
};

/** The fields of a channel, each with where to find its value and what it looks like. */
export function ChannelFields({ id, onId, fields, values, errors, onChange }: Props) {
  const { channels: texts, channelFields: words } = useTexts();
  return (
    <>
      {onId && (
        <TextInput
          label={words.id.label}
          description={words.id.help}
          placeholder="main"
          value={id}
          error={errors.id || (id && !ID.test(id) ? words.id.wrong : undefined)}
          onChange={(event) => onId(event.currentTarget.value.toLowerCase())}
          required
          maw={480}
        />
      )}
      {fields.map((field) => {
        const value = values[field.name] ?? "";
        const looksWrong =
          value && field.pattern && !field.pattern.test(value.trim()) ? words[field.words].wrong : "";
        const props = {
          label: words[field.words].label,
          description: words[field.words].help,
          error: errors[field.name] || looksWrong || undefined,
          value,
          placeholder: field.placeholder,
          required: !field.optional,
          autoComplete: "off",
          maw: 480,
          onChange: (event: { currentTarget: { value: string } }) =>
            onChange(field.name, event.currentTarget.value),
        };
        if (field.invented) {
          return (
            <div key={field.name}>
              <TextInput {...props} />
              <Group gap="xs" mt={6}>
                <Button
                  variant="subtle"
                  size="compact-xs"
                  onClick={() => onChange(field.name, inventSecret())}
                >
                  {texts.invent}
                </Button>
              </Group>
            </div>
          );
        }
        return field.secret ? (
          <PasswordInput key={field.name} {...props} />
        ) : (
          <TextInput key={field.name} {...props} />
        );
      })}
      {fields.some((field) => field.secret) && <CopyFieldNote text={texts.secretsText} />}
    </>
  );
}

function CopyFieldNote({ text }: { text: string }) {
  return (
    <p style={{ margin: 0, fontSize: "var(--mantine-font-size-xs)", color: "var(--mantine-color-dimmed)" }}>
      {text}
    </p>
  );
}
