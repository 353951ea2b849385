import {
  Checkbox,
  MultiSelect,
  NumberInput,
  Radio,
  Select,
  Stack,
  TagsInput,
  Textarea,
  TextInput,
} from "@mantine/core";
import type { Field, FieldProps } from "./fields";

/** The input of one field, by its kind. */
export function FieldInput({ field, ...props }: { field: Field } & FieldProps) {
  const { value, onChange, fallback } = props;
  const common = {
    id: props.id,
    label: field.label,
    description: field.help,
    error: props.error,
    disabled: props.disabled,
  };
  if (field.kind === "custom") return field.render(props);
  if (field.kind === "number") return <NumberField field={field} {...props} />;
  if (field.kind === "choice") {
    return (
      <Radio.Group
        {...common}
        value={String(value ?? "")}
        onChange={onChange}
        styles={{ description: { marginBottom: 8 } }}
      >
        <Stack gap="sm">
          {field.options.map((one) => (
            <Radio
              key={one.value}
              value={one.value}
              label={one.label}
              description={one.text}
              disabled={props.disabled}
            />
          ))}
        </Stack>
      </Radio.Group>
    );
  }
  if (field.kind === "checks") {
    return (
      <Checkbox.Group {...common} value={asList(value)} onChange={onChange}>
        <Stack gap="xs" mt="xs">
          {field.options.map((one) => (
            <Checkbox
              key={one.value}
              value={one.value}
              label={one.label}
              description={one.text}
              disabled={props.disabled}
            />
          ))}
        </Stack>
      </Checkbox.Group>
    );
  }
  if (field.kind === "words") {
    return (
      <TagsInput
        {...common}
        value={asList(value)}
        onChange={onChange}
        placeholder={asList(value).length ? "" : field.placeholder}
        acceptValueOnBlur
      />
    );
  }
  if (field.kind === "select" && field.several) {
    const list = asList(value);
    return (
      <MultiSelect
        {...common}
        data={withUnknown(field.options, list)}
        value={list}
        onChange={onChange}
        maxValues={field.several}
        searchable
      />
    );
  }
  if (field.kind === "select") {
    return (
      <Select
        {...common}
        data={withUnknown(field.options, value ? [String(value)] : [])}
        value={value ? String(value) : null}
        onChange={(next) => onChange(next ?? (field.none !== undefined ? "" : value))}
        allowDeselect={field.none !== undefined}
        clearable={field.none !== undefined}
        placeholder={field.none}
        searchable
        limit={200}
      />
    );
  }
  if (field.kind === "lines") {
    return (
      <Textarea
        {...common}
        autosize
        minRows={field.rows ?? 2}
        maxRows={24}
        maxLength={field.most}
        value={String(value ?? "")}
        placeholder={typeof fallback === "string" ? fallback : ""}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
  return (
    <TextInput
      {...common}
      value={String(value ?? "")}
      placeholder={field.placeholder}
      ff={field.code ? "monospace" : undefined}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

function NumberField({ field, value, onChange, fallback, ...props }: { field: Field } & FieldProps) {
  if (field.kind !== "number") return null;
  const { scale = 1 } = field;
  const shown = (one: unknown) =>
    one === null || one === undefined || one === "" ? "" : Number(one) / scale;
  return (
    <NumberInput
      {...props}
      label={field.label}
      description={field.help}
      maw={320}
      value={shown(value)}
      min={field.least}
      max={field.most}
      decimalScale={field.decimals ?? 0}
      clampBehavior="none"
      thousandSeparator=" "
      suffix={field.unit ? ` ${field.unit}` : undefined}
      placeholder={field.automatic ?? (shown(fallback) === "" ? "" : String(shown(fallback)))}
      onChange={(next) => {
        if (next === "") onChange(null);
        else {
          const stored = Number((Number(next) * scale).toFixed(6));
          onChange(field.asText ? String(stored) : stored);
        }
      }}
    />
  );
}

function asList(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** Values that are not among the options any more stay visible. */
function withUnknown(options: Extract<Field, { kind: "select" }>["options"], values: string[]) {
  const known = options.map(({ value, label }) => ({ value, label }));
  const others = values.filter((value) => !known.some((one) => one.value === value));
  return [...known, ...others.map((value) => ({ value, label: value }))];
}
