import { notifications } from "@mantine/notifications";
import { answer, api } from "../api/client";
import { useTexts } from "../texts";
import { words } from "../ui/words";
import { signedOut } from "./sessionChange";

/** Returns a function that signs out and leaves the page; when that fails, it says so and the page stays. */
export function useSignOut() {
  const texts = useTexts();
  return async function signOut() {
    try {
      await answer(api.POST("/api/v1/auth/logout", {}));
    } catch (error) {
      const title = texts.frame.signOutFailed;
      notifications.show({ title, message: words(error, texts), color: "red", role: "alert" });
      return;
    }
    signedOut();
    window.location.assign("/sign-in");
  };
}
