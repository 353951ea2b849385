import { TextInput, type TextInputProps } from "@mantine/core";
import { type Ref, useState } from "react";

type Props = Omit<TextInputProps, "type" | "value" | "onChange" | "onBlur"> & {
  value: string;
  ref?: Ref<HTMLInputElement>;
  onChange: (day: string) => void;
};

/** A day such as `2026-03-14`. A year that is being typed, such as 0002, is shown and is not yet the day. */
export function DayField({ value, onChange, ...rest }: Props) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <TextInput
      {...rest}
      type="date"
      value={typed ?? value}
      onChange={(event) => {
        const day = event.currentTarget.value;
        setTyped(day);
        if (isDay(day)) onChange(day);
      }}
      onBlur={() => setTyped(null)}
    />
  );
}

const isDay = (day: string) => /^2\d{3}-/.test(day);
