import { Text } from "@mantine/core";
import { createContext, type FormEvent, type MouseEvent, useContext, useState } from "react";
import { useTexts } from "../../../texts";

/** The colleague who has the conversation; empty: none has, or oneself. */
export const OtherHolder = createContext("");

/**
 * Returns the parts of a form that sends something to the customer. While a colleague has the conversation only a press
 * of the button sends, and takes over: the colleague may have taken it while somebody types here, and presses Enter.
 */
export function useSending(send: () => void) {
  const { composer: t } = useTexts();
  const other = useContext(OtherHolder);
  const [refusedFor, setRefusedFor] = useState("");
  // No press of a form's own button: its fields are checked here.
  const take = (event: MouseEvent<HTMLButtonElement>) => {
    if (event.currentTarget.form?.reportValidity() !== false) send();
  };
  const submit = () => (other ? setRefusedFor(other) : send());
  return {
    submit,
    onSubmit: (event: FormEvent) => {
      event.preventDefault();
      submit();
    },
    button: other
      ? ({ type: "button", color: "orange", onClick: take, children: t.takeOverAndSend } as const)
      : ({ type: "submit", children: t.send } as const),
    notice: other && refusedFor === other && (
      <Text size="xs" c="orange" mt={4} role="alert">
        {t.onlyButton}
      </Text>
    ),
  };
}
