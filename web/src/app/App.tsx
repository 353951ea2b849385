import { DirectionProvider } from "@mantine/core";
import { RouterProvider } from "@tanstack/react-router";
import { Suspense } from "react";
import { Loading } from "../ui/Loading";
import { Notices } from "./Notices";
import { OwnLanguage } from "./OwnLanguage";
import { Providers } from "./Providers";
import { router } from "./router";

/** The console of people who are signed in. */
export function App() {
  return (
    <Providers>
      <DirectionProvider detectDirection>
        <OwnLanguage />
        <Notices />
        <Suspense fallback={<Loading h="100dvh" />}>
          <RouterProvider router={router} />
        </Suspense>
      </DirectionProvider>
    </Providers>
  );
}
