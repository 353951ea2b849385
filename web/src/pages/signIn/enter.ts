import { answer, api } from "../../api/client";
import { ProblemError } from "../../api/problem";
import { sessionHint } from "../../api/session";
import { signedIn } from "../../app/sessionChange";
import { setDocked } from "../phone/dock";
import { tokenOf } from "./token";

/** Signs in by a one-time link. A used one leads people who are signed in to their pages all the same. */
export async function entered(): Promise<boolean> {
  try {
    const { user } = await answer(api.POST("/api/v1/auth/enter", { body: { token: tokenOf() } }));
    signedIn(user);
    setDocked(true);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    if (error.temporary || !sessionHint.maybe) return false;
  }
  window.location.replace("/");
  return true;
}
