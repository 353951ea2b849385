import { TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import { isComposing } from "../../../../ui/composing";
import { useBuilder } from "../layout";
import { useTyped } from "./useField";

type Props = {
  label: string;
  hideLabel?: boolean;
  value: string;
  onCommit: (text: string) => void;
  most?: number;
  error?: ReactNode;
  description?: string;
  placeholder?: string;
  /** Only when the field is left or Enter is pressed, as for names. */
  late?: boolean;
};

/** A text of one line. */
export function ShortText({ label, hideLabel, value, onCommit, most, late = false, ...more }: Props) {
  const { mayEdit } = useBuilder();
  const typed = useTyped(value, (text) => !late && onCommit(text));
  const length = [...typed.text].length;
  return (
    <TextInput
      {...more}
      label={hideLabel ? undefined : label}
      aria-label={hideLabel ? label : undefined}
      value={typed.text}
      readOnly={!mayEdit}
      dir="auto"
      rightSection={
        most !== undefined && length > most * 0.6 ? (
          <span style={{ fontSize: 11, color: length > most ? "var(--mantine-color-error)" : undefined }}>
            {most - length}
          </span>
        ) : undefined
      }
      onChange={(event) => typed.change(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (isComposing(event.nativeEvent)) return;
        if (event.key === "Enter") event.currentTarget.blur();
        if (event.key === "Escape") typed.reset();
      }}
      onBlur={() => {
        if (late && typed.text !== value && typed.text.trim()) onCommit(typed.text.trim());
        else typed.flush();
        if (late) typed.reset();
      }}
    />
  );
}
