import { TagsInput } from "@mantine/core";
import type { Path } from "../draft/types";
import { useBuilder } from "../layout";
import { useChange, useErrorAt, useValue } from "./useField";

type Props = {
  label: string;
  path: Path;
  description?: string;
  placeholder?: string;
  /** A comma is a part of a word, as in patterns. */
  commas?: boolean;
};

/** A list of words. Without any, the key is removed. */
export function TagField({ label, path, description, placeholder, commas = false }: Props) {
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
      splitChars={commas ? [] : [","]}
      acceptValueOnBlur
      onChange={(next) => (next.length ? change.set(next) : change.unset())}
    />
  );
}
