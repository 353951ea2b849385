import { ActionIcon, CloseButton, Group, Title, Tooltip } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import { useParams } from "@tanstack/react-router";
import { useTexts } from "../../texts";
import { setDocked } from "./dock";
import classes from "./PhonePage.module.css";
import { PhonePanel } from "./PhonePanel";

/** The phone beside the pages of the workspace. */
export function PhoneDock() {
  const { common, phone } = useTexts();
  const { workspace } = useParams({ from: "/w/$workspace" });
  return (
    <aside className={classes.dock} aria-label={phone.title}>
      <Group justify="space-between" wrap="nowrap">
        <Title order={2} size="h5">
          {phone.title}
        </Title>
        <Group gap={4} wrap="nowrap">
          <Tooltip label={phone.ownWindow}>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={phone.ownWindow}
              onClick={() => {
                window.open(`/w/${workspace}/phone`, "parley-phone", "popup,width=440,height=820");
                setDocked(false);
              }}
            >
              <IconExternalLink size={16} aria-hidden />
            </ActionIcon>
          </Tooltip>
          <CloseButton aria-label={common.close} onClick={() => setDocked(false)} />
        </Group>
      </Group>
      <PhonePanel />
    </aside>
  );
}
