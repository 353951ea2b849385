import { useSuspenseQuery } from "@tanstack/react-query";
import { Outlet, useParams, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { pageOptions } from "../api/pageOptions";
import { LiveProvider } from "../live/LiveProvider";
import { Notifier } from "../live/notify/Notifier";
import { useDocked } from "../pages/phone/dock";
import { useTexts } from "../texts";
import { Loading } from "../ui/Loading";
import { ProofProvider } from "../ui/Proof";
import classes from "./Frame.module.css";
import { meQuery, useMember } from "./me";
import { Rail } from "./Rail";
import { NotFound } from "./RouteError";
import { SessionEnd } from "./SessionEnd";
import { TopBar } from "./TopBar";

/** The surroundings of all pages of a workspace: the bar above, the rail, and the live connection. */
export function Frame() {
  const { frame } = useTexts();
  const { workspace } = useParams({ from: "/w/$workspace" });
  const me = useSuspenseQuery(meQuery).data;
  if (!me.workspaces.some((one) => one.workspace === workspace)) return <NotFound />;
  return (
    <LiveProvider workspace={workspace} key={workspace}>
      <a className="skip-link" href="#main">
        {frame.skip}
      </a>
      <div className={classes.frame}>
        <Notifier />
        <TopBar />
        <Rail />
        <main className={classes.main} id="main" tabIndex={-1}>
          <ProofProvider>
            <Suspense fallback={<Loading />}>
              <Outlet />
            </Suspense>
          </ProofProvider>
        </main>
        <Dock />
      </div>
      <SessionEnd />
    </LiveProvider>
  );
}

const PhoneDock = lazy(() =>
  import("../pages/phone/PhoneDock").then(({ PhoneDock }) => ({ default: PhoneDock })),
);

/** The phone of a simulated customer beside the page, in the demo only. */
function Dock() {
  const docked = useDocked();
  const member = useMember();
  const onItsPage = useRouterState({ select: ({ location }) => location.pathname.endsWith("/phone") });
  if (!docked || onItsPage || !pageOptions.phone || !member.can("messages_write")) return null;
  return (
    <Suspense>
      <PhoneDock />
    </Suspense>
  );
}
