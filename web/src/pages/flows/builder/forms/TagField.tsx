import { TagsInput } from "@mantine/core";
import type { Path } from "../draft/types";
import { useBuilder } from "../layout";
import { useChange, useErrorAt, useValue } from "./useField";

type Props = { label: string; path: Path; description?: string; placeholder?: string };

/** A list of words. Without any, the key is removed. */
export function TagField({ label, path, description, placeholder }: Props) {
  const { mayEdit } = useBuilder();
  const found = useValue(path);
  const change = useChange(path);
  const error = useErrorAt(path);
  const value = (Array.isArray(found) ? found : found === undefined || found === null ? [] : [found]).map(
    String,
  );
  return (
    <TagsInput
      label={label}
      description={description}
      placeholder={mayEdit ? placeholder : undefined}
      value={value}
      error={error}
      readOnly={!mayEdit}
      acceptValueOnBlur
      onChange={(next) => (next.length ? change.set(next) : change.unset())}
    />
  );
}
