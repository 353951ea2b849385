import { Button } from "@mantine/core";
import { useTexts } from "../../texts";
import { SmallPage } from "./SmallPage";

/** Shown when a sign-in link does not work; one that does leads on before any page is shown (`enter.ts`). */
export function EnterPage() {
  const { signIn } = useTexts();
  return (
    <SmallPage title={signIn.enterFailed} text={signIn.enterFailedText}>
      <Button component="a" href="/sign-in" fullWidth>
        {signIn.submit}
      </Button>
    </SmallPage>
  );
}
