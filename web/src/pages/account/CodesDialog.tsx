import { Button, CopyButton, Group, Stack, Text } from "@mantine/core";
import { useTexts } from "../../texts";
import { Modal } from "../../ui/dialogs/Modal";
import { save } from "../../ui/download";
import classes from "./AccountPage.module.css";

/** Shows recovery codes, once. */
export function CodesDialog({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  const { account, common } = useTexts();
  const text = codes.join("\n");
  return (
    <Modal
      opened
      onClose={onClose}
      title={account.codesTitle}
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <Stack>
        <Text size="sm">{account.codesText}</Text>
        <ul className={classes.codes}>
          {codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ul>
        <Group gap="xs">
          <CopyButton value={text}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                {copied ? common.copied : account.copyCodes}
              </Button>
            )}
          </CopyButton>
          <Button
            variant="default"
            onClick={() => save(new Blob([`${text}\n`], { type: "text/plain" }), "parley-recovery-codes.txt")}
          >
            {account.saveCodes}
          </Button>
        </Group>
        <Button onClick={onClose}>{account.codesKept}</Button>
      </Stack>
    </Modal>
  );
}
