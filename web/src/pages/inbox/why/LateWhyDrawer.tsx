import { type ComponentProps, Suspense, useState } from "react";
import { late } from "../../../ui/late";

const WhyDrawer = late(async () => (await import("./WhyDrawer")).WhyDrawer);

/** The drawer of `WhyDrawer`, fetched when it is opened for the first time. */
export function LateWhyDrawer(props: ComponentProps<typeof WhyDrawer>) {
  const [wanted, setWanted] = useState(false);
  if (props.entry !== null && !wanted) setWanted(true);
  return <Suspense>{wanted && <WhyDrawer {...props} />}</Suspense>;
}
