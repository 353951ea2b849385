import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTexts } from "../../texts";
import { SmallPage } from "./SmallPage";

/** Shown when a sign-in link does not work; one that does leads on before any page is shown (`routes.ts`). */
export function EnterPage() {
  const { signIn } = useTexts();
  return (
    <SmallPage title={signIn.enterFailed} text={signIn.enterFailedText}>
      <Button component={Link} to="/sign-in" fullWidth>
        {signIn.submit}
      </Button>
    </SmallPage>
  );
}
