import { Anchor, Group } from "@mantine/core";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { pageOptions } from "../../api/pageOptions";
import { signedIn } from "../../app/sessionChange";
import { useTexts } from "../../texts";
import { SignInForm } from "./SignInForm";
import { SmallPage } from "./SmallPage";

export function SignInPage() {
  const { signIn } = useTexts();
  const { next } = useSearch({ from: "/sign-in" });
  const navigate = useNavigate();
  return (
    <SmallPage title={signIn.title}>
      <SignInForm
        onDone={(user) => {
          signedIn(user);
          void navigate({ to: (next ?? "/") as string });
        }}
      />
      <Group justify="space-between" gap="xs">
        <Anchor component={Link} to="/forgot" size="sm">
          {signIn.forgot}
        </Anchor>
        {pageOptions.signup && (
          <Anchor component={Link} to="/register" size="sm">
            {signIn.register}
          </Anchor>
        )}
      </Group>
    </SmallPage>
  );
}
