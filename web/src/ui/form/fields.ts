import type { ReactNode } from "react";

export type Option = { value: string; label: string; text?: string };

/**
 * A field of a settings form. path: in the section's values. scale: a shown 1 is stored as this number.
 * automatic, none: the words for no value. shown: a value in words, or what lies within the whole at a path such as
 * `mon`; undefined: as it is.
 */
export type Field = { path: string; label: string; help?: string; operators?: boolean } & (
  | { kind: "text"; placeholder?: string; code?: boolean }
  | { kind: "lines"; rows?: number; most?: number }
  | {
      kind: "number";
      unit?: string;
      least?: number;
      most?: number;
      scale?: number;
      decimals?: number;
      asText?: boolean;
      automatic?: string;
    }
  | { kind: "choice"; options: readonly Option[] }
  | { kind: "select"; options: readonly Option[]; several?: number; none?: string }
  | { kind: "checks"; options: readonly Option[] }
  | { kind: "words"; placeholder?: string }
  | {
      kind: "custom";
      render: (input: FieldProps) => ReactNode;
      shown?: (value: unknown, within: string, whole: unknown) => string | undefined;
    }
);

/** The properties of a field's input. id: of its element. fallback: the value that holds while there is none. */
export type FieldProps = {
  id: string;
  value: unknown;
  onChange: (value: unknown) => void;
  error?: string;
  disabled: boolean;
  fallback?: unknown;
};

export type FieldGroup = { title?: string; text?: string; fields: readonly Field[] };
