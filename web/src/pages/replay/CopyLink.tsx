import { Button, Tooltip, UnstyledButton } from "@mantine/core";
import { IconCheck, IconLink } from "@tabler/icons-react";
import { useTexts } from "../../texts";
import shared from "./Replay.module.css";
import { useLink } from "./useLink";

/** Copies the address of the replay with the filters that are set. */
export function CopyLink() {
  const { replay: texts, common } = useTexts();
  const { copied, copy } = useLink();
  const Icon = copied ? IconCheck : IconLink;
  return (
    <Button variant="default" leftSection={<Icon size={16} aria-hidden />} onClick={copy}>
      {copied ? common.copied : texts.copyLink}
    </Button>
  );
}

/** Copies the address of one message of the replay. result: the id of its answers. */
export function CopyMessageLink({ result }: { result: string }) {
  const { replay: texts, common } = useTexts();
  const { copied, copy } = useLink(result);
  const label = copied ? common.copied : texts.copyMessageLink;
  const Icon = copied ? IconCheck : IconLink;
  return (
    <Tooltip label={label}>
      <UnstyledButton className={shared.openLink} aria-label={label} onClick={copy}>
        <Icon size={16} aria-hidden />
      </UnstyledButton>
    </Tooltip>
  );
}
