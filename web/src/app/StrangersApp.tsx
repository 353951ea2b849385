import { type ComponentType, Suspense } from "react";
import { Providers } from "./Providers";

/** A page of people who are not signed in. It is left by loading another page. */
export function StrangersApp({ page: Page }: { page: ComponentType }) {
  return (
    <Providers>
      <Suspense>
        <Page />
      </Suspense>
    </Providers>
  );
}
