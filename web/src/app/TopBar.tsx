import {
  Avatar,
  Group,
  Menu,
  Text,
  UnstyledButton,
  useMantineColorScheme,
  VisuallyHidden,
} from "@mantine/core";
import {
  IconChevronDown,
  IconDeviceDesktop,
  IconLogout,
  IconMoon,
  IconSun,
  IconUser,
} from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { api } from "../api/client";
import icon from "../icon.svg";
import { LiveDot } from "../live/LiveDot";
import { PhoneButton } from "../pages/phone/PhoneButton";
import { useTexts } from "../texts";
import { Commands } from "./Commands";
import classes from "./Frame.module.css";
import { useMember } from "./me";
import { signedOut } from "./sessionChange";

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
    <Menu position="bottom-start">
      <Menu.Target>
        <UnstyledButton aria-label={`${frame.switchWorkspace}: ${member.workspace}`}>
          <Group gap={4} wrap="nowrap">
            <Text fw={600} truncate maw={220}>
              {member.workspace}
            </Text>
            <IconChevronDown size={14} aria-hidden />
          </Group>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{frame.workspace}</Menu.Label>
        {member.me.workspaces.map((one) => (
          <Menu.Item
            key={one.workspace}
            onClick={() => navigate({ to: `/w/${one.workspace}/inbox` as string })}
          >
            {one.workspace}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function OwnMenu() {
  const { frame } = useTexts();
  const { me } = useMember();
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  async function signOut() {
    await api.POST("/api/v1/auth/logout", {});
    signedOut();
    await navigate({ to: "/sign-in", search: {} });
  }
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <UnstyledButton>
          <VisuallyHidden>{`${frame.account}: ${me.name}`}</VisuallyHidden>
          <Avatar name={me.name} color="initials" size={32} radius="xl" aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{me.email}</Menu.Label>
        <Menu.Item leftSection={<IconUser size={16} />} onClick={() => navigate({ to: "/account" })}>
          {frame.account}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{frame.appearance}</Menu.Label>
        <Menu.Item leftSection={<IconSun size={16} />} onClick={() => setColorScheme("light")}>
          {frame.light}
        </Menu.Item>
        <Menu.Item leftSection={<IconMoon size={16} />} onClick={() => setColorScheme("dark")}>
          {frame.dark}
        </Menu.Item>
        <Menu.Item leftSection={<IconDeviceDesktop size={16} />} onClick={() => setColorScheme("auto")}>
          {frame.automatic}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={signOut}>
          {frame.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
