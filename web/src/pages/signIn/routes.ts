import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { answer, api } from "../../api/client";
import { ProblemError } from "../../api/problem";
import { sessionHint } from "../../api/session";
import { signedIn } from "../../app/sessionChange";
import { rootRoute } from "../../app/workspaceRoute";
import { withTexts } from "../../texts";
import { setDocked } from "../phone/dock";
import { tokenOf } from "./token";

export const signInRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "sign-in",
    validateSearch: (search): { next?: string } =>
      typeof search.next === "string" && /^\/(?![/\\])/.test(search.next) ? { next: search.next } : {},
    component: lazyRouteComponent(
      withTexts(() => import("./SignInPage"), "signIn"),
      "SignInPage",
    ),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "invitation",
    component: lazyRouteComponent(
      withTexts(() => import("./InvitationPage"), "signIn"),
      "InvitationPage",
    ),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "forgot",
    component: lazyRouteComponent(
      withTexts(() => import("./ForgotPage"), "signIn"),
      "ForgotPage",
    ),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "reset-password",
    component: lazyRouteComponent(
      withTexts(() => import("./ResetPage"), "signIn"),
      "ResetPage",
    ),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "register",
    component: lazyRouteComponent(
      withTexts(() => import("./RegisterPage"), "signIn"),
      "RegisterPage",
    ),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "enter",
    beforeLoad: async ({ location, preload }) => {
      if (!preload) await enter(tokenOf(location.hash));
    },
    component: lazyRouteComponent(
      withTexts(() => import("./EnterPage"), "signIn"),
      "EnterPage",
    ),
  }),
] as const;

/** Signs in by a one-time link. A used one leads people who are signed in to their pages all the same. */
async function enter(token: string) {
  try {
    const { user } = await answer(api.POST("/api/v1/auth/enter", { body: { token } }));
    signedIn(user);
    setDocked(true);
  } catch (error) {
    if (!(error instanceof ProblemError) || error.temporary) throw error;
    if (!sessionHint.maybe) return;
  }
  throw redirect({ to: "/" });
}
