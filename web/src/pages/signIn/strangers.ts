import type { ComponentType } from "react";
import type { PageOptions } from "../../api/pageOptions";
import { withTexts } from "../../texts";
import { entered } from "./enter";
import { signInHref } from "./next";
import { SignInPage } from "./SignInPage";

export type Page = () => Promise<ComponentType>;

/** Pages that need no session. They have no router, and the one to sign in comes with the first file. */
const PAGES: Record<string, Page> = {
  "/sign-in": withTexts(async () => SignInPage, "signIn"),
  "/forgot": async () => (await withTexts(() => import("./ForgotPage"), "signIn")()).ForgotPage,
  "/reset-password": async () => (await withTexts(() => import("./ResetPage"), "signIn")()).ResetPage,
  "/register": async () => (await withTexts(() => import("./RegisterPage"), "signIn")()).RegisterPage,
  "/invitation": async () => (await withTexts(() => import("./InvitationPage"), "signIn")()).InvitationPage,
  "/confirm-email": async () =>
    (await withTexts(() => import("../account/ConfirmEmailPage"), "account", "signIn")()).ConfirmEmailPage,
  "/enter": async () => {
    const page = withTexts(() => import("./EnterPage"), "signIn");
    return (await entered()) ? new Promise<never>(() => {}) : (await page()).EnterPage;
  },
};

const landing: Page = async () =>
  (await withTexts(() => import("../landing/LandingPage"), "landing")()).LandingPage;

/** Returns the page for somebody who is not signed in; null: the console itself. */
export function pageForStrangers(at: Location, options: PageOptions): Page | null {
  const page = PAGES[at.pathname.replace(/\/$/, "")];
  if (page) return page;
  if (options.session) return null;
  if (at.pathname === "/" && options.landing) return landing;
  window.history.replaceState(null, "", signInHref(at.pathname + at.search));
  return PAGES["/sign-in"] ?? null;
}
