import { ActionIcon, Kbd, Text, UnstyledButton } from "@mantine/core";
import { IconKeyboard, IconSearch } from "@tabler/icons-react";
import { Suspense, useState } from "react";
import { useTexts } from "../texts";
import { late } from "../ui/late";
import classes from "./Frame.module.css";
import { useShortcuts } from "./shortcuts";

const CommandBar = late(async () => (await import("./CommandBar")).CommandBar);
const ShortcutsHelp = late(async () => (await import("./ShortcutsHelp")).ShortcutsHelp);

/** The search of the bar above, which opens the command bar, and the help with shortcuts. Both are loaded when wanted. */
export function Commands() {
  const { commands } = useTexts();
  const [wanted, setWanted] = useState(false);
  const [help, setHelp] = useState(false);
  const open = async () => {
    setWanted(true);
    const { commandBar } = await import("./CommandBar");
    commandBar.open();
  };
  useShortcuts({ "mod+k": () => void open(), "?": () => setHelp(true) });
  return (
    <>
      <UnstyledButton
        className={classes.search}
        onClick={open}
        aria-label={commands.commandBar}
        aria-keyshortcuts="Control+K"
      >
        <IconSearch size={16} stroke={1.8} aria-hidden />
        <Text size="sm" visibleFrom="sm">
          {commands.search}
        </Text>
        <Kbd size="xs" className={classes.searchKey} data-keys="Ctrl K" aria-hidden />
      </UnstyledButton>
      <ActionIcon
        className={classes.desktopOnly}
        variant="subtle"
        color="gray"
        size={36}
        aria-label={commands.shortcuts}
        onClick={() => setHelp(true)}
      >
        <IconKeyboard size={19} stroke={1.7} />
      </ActionIcon>
      <Suspense>
        {wanted && <CommandBar help={() => setHelp(true)} />}
        {help && <ShortcutsHelp onClose={() => setHelp(false)} />}
      </Suspense>
    </>
  );
}
