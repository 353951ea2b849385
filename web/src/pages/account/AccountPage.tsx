import { Anchor, Badge, Group, Stack, Text } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { meQuery } from "../../app/me";
import { SessionEnd } from "../../app/SessionEnd";
import icon from "../../icon.svg";
import { NotificationSettings } from "../../live/NotificationSettings";
import { useTexts } from "../../texts";
import { Page } from "../../ui/Page";
import { ProofProvider } from "../../ui/Proof";
import classes from "./AccountPage.module.css";
import { PasswordSection } from "./PasswordSection";
import { ProfileSection } from "./ProfileSection";
import { SecondFactorSection } from "./SecondFactorSection";
import { Section } from "./Section";
import { SessionsSection } from "./SessionsSection";
import { ShortcutsSection } from "./ShortcutsSection";

/** The own account, outside of workspaces. */
export function AccountPage() {
  const { account, notify } = useTexts();
  const me = useSuspenseQuery(meQuery).data;
  const first = me.workspaces[0];
  return (
    <ProofProvider>
      <SessionEnd />
      <header className={classes.top}>
        <img src={icon} alt="Parley" width={26} height={26} />
        {first && (
          <Anchor component={Link} to={`/w/${first.workspace}/inbox` as string} size="sm">
            <Group gap={6} component="span">
              <IconArrowLeft size={16} aria-hidden />
              {account.back}
            </Group>
          </Anchor>
        )}
      </header>
      <main>
        <Page title={account.title}>
          <div className={classes.sections}>
            <ProfileSection me={me} />
            <PasswordSection />
            <SecondFactorSection me={me} />
            <Section title={notify.title} text={notify.text}>
              <NotificationSettings />
            </Section>
            <ShortcutsSection />
            <SessionsSection />
            <Workspaces />
          </div>
        </Page>
      </main>
    </ProofProvider>
  );
}

function Workspaces() {
  const { account } = useTexts();
  const { workspaces } = useSuspenseQuery(meQuery).data;
  return (
    <Section title={account.workspaces}>
      {workspaces.length === 0 && <Text size="sm">{account.noWorkspaces}</Text>}
      <Stack gap="xs">
        {workspaces.map((one) => (
          <Group key={one.workspace} gap="sm">
            <Anchor component={Link} to={`/w/${one.workspace}/inbox` as string}>
              {one.workspace}
            </Anchor>
            <Badge variant="default">{account.roles[one.role]}</Badge>
          </Group>
        ))}
      </Stack>
    </Section>
  );
}
