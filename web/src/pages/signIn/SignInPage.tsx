import { useNavigate, useSearch } from "@tanstack/react-router";
import { sessionEnd } from "../../api/session";
import { queryClient } from "../../app/queryClient";
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
        onDone={() => {
          sessionEnd.set(false);
          queryClient.clear();
          void navigate({ to: (next ?? "/") as string });
        }}
      />
    </SmallPage>
  );
}
