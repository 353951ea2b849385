import { Anchor, Text } from "@mantine/core";
import { SignInForm } from "../pages/signIn/SignInForm";
import { useTexts } from "../texts";
import { Modal } from "../ui/dialogs/Modal";
import { meQuery } from "./me";
import { queryClient } from "./queryClient";
import { signedInAgain, signedOut } from "./sessionChange";

/** Covers the page when the session has ended, so that what was typed in it stays. */
export function SessionEndedDialog() {
  const { frame, signIn } = useTexts();
  const me = queryClient.getQueryData(meQuery.queryKey);
  if (!me) return null;
  return (
    <Modal
      opened
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={frame.sessionEnded}
      overlayProps={{ backgroundOpacity: 0.85, blur: 6 }}
    >
      <Text size="sm" mb="md">
        {frame.sessionEndedText}
      </Text>
      <SignInForm email={me.email} onDone={signedInAgain} />
      <Anchor
        component="button"
        type="button"
        size="sm"
        mt="md"
        onClick={() => {
          signedOut();
          window.location.assign("/sign-in");
        }}
      >
        {signIn.notYou(me.name)}
      </Anchor>
    </Modal>
  );
}
