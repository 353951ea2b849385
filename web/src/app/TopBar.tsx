import { Avatar, Group, Text, UnstyledButton, useMantineColorScheme, VisuallyHidden } from "@mantine/core";
import {
  IconChevronDown,
  IconDeviceDesktop,
  IconLogout,
  IconMoon,
  IconSun,
  IconUser,
} from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import icon from "../icon.svg";
import { LiveDot } from "../live/LiveDot";
import { PhoneButton } from "../pages/phone/PhoneButton";
import { useTexts } from "../texts";
import { LateMenu } from "../ui/LateMenu";
import { Commands } from "./Commands";
import classes from "./Frame.module.css";
import { useMember } from "./me";
import { useSignOut } from "./useSignOut";

export function TopBar() {
  return (
    <header className={classes.top}>
      <img src={icon} alt="Parley" width={26} height={26} />
      <WorkspaceSwitcher />
      <Group gap="md" ms="auto" wrap="nowrap">
        <Commands />
        <PhoneButton compact />
        <LiveDot />
        <OwnMenu />
      </Group>
    </header>
  );
}

function WorkspaceSwitcher() {
  const { frame } = useTexts();
  const member = useMember();
  const navigate = useNavigate();
  return (
    <LateMenu
      position="bottom-start"
      items={[
        { key: "", heading: frame.workspace },
        ...member.me.workspaces.map(({ workspace, name }) => ({
          key: workspace,
          label: name,
          act: () => void navigate({ to: `/w/${workspace}/inbox` as string }),
        })),
      ]}
      button={
        <UnstyledButton aria-label={`${frame.switchWorkspace}: ${member.name}`}>
          <Group gap={4} wrap="nowrap">
            <Text fw={600} truncate maw={220}>
              {member.name}
            </Text>
            <IconChevronDown size={14} aria-hidden />
          </Group>
        </UnstyledButton>
      }
    />
  );
}

function OwnMenu() {
  const { frame } = useTexts();
  const { me } = useMember();
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const signOut = useSignOut();
  const looks = [
    ["light", frame.light, IconSun],
    ["dark", frame.dark, IconMoon],
    ["auto", frame.automatic, IconDeviceDesktop],
  ] as const;
  return (
    <LateMenu
      position="bottom-end"
      items={[
        { key: "email", heading: me.email },
        {
          key: "account",
          label: frame.account,
          icon: <IconUser size={16} />,
          act: () => void navigate({ to: "/account" }),
        },
        { key: "line", line: true },
        { key: "appearance", heading: frame.appearance },
        ...looks.map(([key, label, Icon]) => ({
          key,
          label,
          icon: <Icon size={16} />,
          act: () => setColorScheme(key),
        })),
        { key: "end", line: true },
        { key: "out", label: frame.signOut, icon: <IconLogout size={16} />, act: () => void signOut() },
      ]}
      button={
        <UnstyledButton>
          <VisuallyHidden>{`${frame.account}: ${me.name}`}</VisuallyHidden>
          <Avatar name={me.name} color="initials" size={32} radius="xl" aria-hidden />
        </UnstyledButton>
      }
    />
  );
}
