import { createContext } from "react";
import type { Timeline } from "./timeline";

/** Changes the timeline that is shown. */
export const TimelineChange = createContext<(apply: (timeline: Timeline) => Timeline) => void>(() => {});
