import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTexts } from "../texts";
import { Modal } from "./dialogs/Modal";
import { RequestError } from "./RequestError";

type Props = {
  title: string;
  children: ReactNode;
  action: string;
  danger?: boolean;
  /** The words that the person must type to confirm, and their name. */
  typed?: { value: string; label: string };
  pending?: boolean;
  error?: unknown;
  onConfirm: () => void;
  onClose: () => void;
};

/** Asks before something that cannot be taken back, if wanted by typing a word. */
export function ConfirmDialog(props: Props) {
  const { common } = useTexts();
  const [typed, setTyped] = useState("");
  const { typed: wanted, danger } = props;
  const allowed = !wanted || plain(typed) === plain(wanted.value);
  return (
    <Modal opened onClose={props.onClose} title={props.title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (allowed && !props.pending) props.onConfirm();
        }}
      >
        <Stack>
          <Text size="sm" component="div">
            {props.children}
          </Text>
          {wanted && (
            <TextInput
              label={wanted.label}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              autoComplete="off"
              data-autofocus
            />
          )}
          <RequestError error={props.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={props.onClose}>
              {common.cancel}
            </Button>
            <Button
              type="submit"
              color={danger ? "red" : undefined}
              disabled={!allowed}
              loading={props.pending}
            >
              {props.action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Separators in numbers and capitals do not matter. */
const plain = (text: string) => text.replace(/[\s.,']/g, "").toLowerCase();
