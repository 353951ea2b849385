import { useSuspenseQuery } from "@tanstack/react-query";
import { Outlet, useParams } from "@tanstack/react-router";
import { Suspense } from "react";
import { LiveProvider } from "../live/LiveProvider";
import { useTexts } from "../texts";
import { Loading } from "../ui/Loading";
import { ProofProvider } from "../ui/Proof";
import classes from "./Frame.module.css";
import { meQuery } from "./me";
import { Rail } from "./Rail";
import { NotFound } from "./RouteError";
import { TopBar } from "./TopBar";

/** What surrounds all pages of a workspace: the bar above, the rail, and the live connection. */
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
        <TopBar />
        <Rail />
        <main className={classes.main} id="main" tabIndex={-1}>
          <ProofProvider>
            <Suspense fallback={<Loading />}>
              <Outlet />
            </Suspense>
          </ProofProvider>
        </main>
      </div>
    </LiveProvider>
  );
}
