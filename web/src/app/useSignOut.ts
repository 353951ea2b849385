import { notifications } from "@mantine/notifications";
import { answer, api } from "../api/client";
import { meQuery } from "../api/meQuery";
import { useTexts } from "../texts";
import { words } from "../ui/words";
import { queryClient } from "./queryClient";
import { signedOut } from "./sessionChange";

const PATIENCE = 3_000;

/** Stores what the person has begun to write: signing out removes it from this browser. */
async function storeTexts() {
  const person = queryClient.getQueryData(meQuery.queryKey)?.id;
  if (!person) return;
  const stored = import("../pages/inbox/composer/leftDrafts").then((it) => it.storeLeftDrafts(person));
  await Promise.race([stored.catch(() => {}), new Promise((done) => setTimeout(done, PATIENCE))]);
}

/** Returns a function that signs out and leaves the page; when that fails, it says so and the page stays. */
export function useSignOut() {
  const texts = useTexts();
  return async function signOut() {
    await storeTexts();
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
