import { Group, Select, Stack, TagsInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import type { FieldProps } from "../../../ui/form/fields";
import { templatesQuery } from "../../templates/queries";

type Chosen = { name: string; language: string; parameters?: string[] };
type Props = FieldProps & { label: string; help?: string; parameters?: boolean };

/** A template with its language; with `parameters`, also the values of its body. */
export function TemplateField({ id, value, onChange, error, disabled, label, help, parameters }: Props) {
  const { settingGroups: groups } = useTexts();
  const { workspace } = useMember();
  const chosen = (value ?? null) as Chosen | null;
  const known = useQuery(templatesQuery(workspace));
  const keyOf = (one: { name?: unknown; language?: unknown }) => `${one.name} · ${one.language}`;
  const names = new Set((known.data ?? []).map(keyOf));
  if (chosen) names.add(keyOf(chosen));
  function choose(key: string | null) {
    if (!key) return onChange(null);
    const [name = "", language = "en"] = key.split(" · ");
    onChange({ ...(parameters ? { parameters: chosen?.parameters ?? [] } : {}), name, language });
  }
  return (
    <Stack gap="xs">
      <Select
        id={id}
        label={label}
        description={help}
        error={error}
        disabled={disabled}
        data={[...names]}
        value={chosen ? keyOf(chosen) : null}
        onChange={choose}
        placeholder={groups.noTemplate}
        searchable
        clearable
      />
      {parameters && chosen && (
        <Group grow>
          <TagsInput
            label={groups.parameters}
            description={groups.parametersText}
            value={chosen.parameters ?? []}
            onChange={(next) => onChange({ ...chosen, parameters: next })}
            disabled={disabled}
            allowDuplicates
            acceptValueOnBlur
          />
        </Group>
      )}
    </Stack>
  );
}
