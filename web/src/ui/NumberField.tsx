import { NumberInput, type NumberInputProps } from "@mantine/core";
import { useState } from "react";

type Props = Omit<NumberInputProps, "value" | "onChange" | "onBlur"> & {
  value: number | "";
  onChange: (value: number | null) => void;
};

/** A number that may be empty while somebody types; left empty it is again what it would be without them. */
export function NumberField({ value, onChange, ...rest }: Props) {
  const [typed, setTyped] = useState<number | string | null>(null);
  return (
    <NumberInput
      {...rest}
      value={typed ?? value}
      onChange={(next) => {
        const number = Number(next);
        setTyped(next);
        onChange(next === "" || !Number.isFinite(number) ? null : number);
      }}
      onBlur={() => setTyped(null)}
    />
  );
}
