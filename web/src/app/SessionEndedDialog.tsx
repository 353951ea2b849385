import { Modal, Text } from "@mantine/core";
import { useSyncExternalStore } from "react";
import { sessionEnd } from "../api/session";
import { SignInForm } from "../pages/signIn/SignInForm";
import { useTexts } from "../texts";
import { queryClient } from "./queryClient";

/** Covers the page when the session has ended, so that what was typed in it stays. */
export function SessionEndedDialog() {
  const { frame } = useTexts();
  const ended = useSyncExternalStore(sessionEnd.subscribe, sessionEnd.get);
  const outside = !window.location.pathname.startsWith("/w/");
  if (!ended || outside) return null;
  return (
    <Modal opened onClose={() => {}} withCloseButton={false} title={frame.sessionEnded}>
      <Text size="sm" mb="md">
        {frame.sessionEndedText}
      </Text>
      <SignInForm
        onDone={() => {
          sessionEnd.set(false);
          void queryClient.invalidateQueries();
        }}
      />
    </Modal>
  );
}
