import { createRootRoute, createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { ProblemError } from "../api/problem";
import { sessionEnd, sessionHint } from "../api/session";
import { signInHref } from "../pages/signIn/next";
import { withTexts } from "../texts";
import { meQuery } from "./me";
import { queryClient } from "./queryClient";
import { NotFound, RouteError } from "./RouteError";

export const rootRoute = createRootRoute({ notFoundComponent: NotFound, errorComponent: RouteError });

const FRAME_TEXTS = ["frame", "commands", "notify", "phone", "inbox"] as const;

/** All pages of a workspace are below this route: `/w/acme/inbox`. */
export const workspaceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/w/$workspace",
  beforeLoad: ({ location }) => requireSession(location.href),
  component: lazyRouteComponent(
    withTexts(() => import("./Frame"), ...FRAME_TEXTS),
    "Frame",
  ),
});

/** Returns whether somebody is signed in; asks the server only if the browser may have a session. */
export async function isSignedIn(): Promise<boolean> {
  if (!sessionHint.maybe) return false;
  try {
    await queryClient.ensureQueryData(meQuery);
    return true;
  } catch (error) {
    if (!(error instanceof ProblemError) || error.status !== 401) throw error;
    sessionEnd.set(false);
    sessionHint.maybe = false;
    return false;
  }
}

/** Lets signed-in people through; sends others to the sign-in page, and back afterwards. */
export async function requireSession(href: string) {
  if (!(await isSignedIn())) throw redirect({ href: signInHref(href), reloadDocument: true });
  return { me: await queryClient.ensureQueryData(meQuery) };
}
