import { Anchor, Group } from "@mantine/core";
import { pageOptions } from "../../api/pageOptions";
import { signedIn } from "../../app/sessionChange";
import { useTexts } from "../../texts";
import { nextOf } from "./next";
import { SignInForm } from "./SignInForm";
import { SmallPage } from "./SmallPage";

export function SignInPage() {
  const { signIn } = useTexts();
  return (
    <SmallPage title={signIn.title}>
      <SignInForm
        onDone={(user) => {
          signedIn(user);
          window.location.replace(nextOf(window.location.search));
        }}
      />
      <Group justify="space-between" gap="xs">
        <Anchor href="/forgot" size="sm">
          {signIn.forgot}
        </Anchor>
        {pageOptions.signup && (
          <Anchor href="/register" size="sm">
            {signIn.register}
          </Anchor>
        )}
      </Group>
    </SmallPage>
  );
}
