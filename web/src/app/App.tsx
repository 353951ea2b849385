import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { Suspense } from "react";
import { pageNonce } from "../nonce";
import { theme } from "../theme";
import { Loading } from "../ui/Loading";
import { LanguageProvider } from "./LanguageProvider";
import { queryClient } from "./queryClient";
import { router } from "./router";

export function App() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={pageNonce}>
      <QueryClientProvider client={queryClient}>
        <LanguageProvider>
          <Notifications position="top-right" autoClose={6000} />
          <Suspense fallback={<Loading h="100dvh" />}>
            <RouterProvider router={router} />
          </Suspense>
        </LanguageProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
