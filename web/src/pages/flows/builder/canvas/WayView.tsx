import { BaseEdge, type EdgeProps, getSmoothStepPath } from "@xyflow/react";
import { memo } from "react";
import type { FlowEdge } from "./elements";

/** A way from one step to another, with round corners; a dashed one follows from the order of the steps. */
export const WayView = memo(function WayView(props: EdgeProps<FlowEdge>) {
  const [path] = getSmoothStepPath({ ...props, borderRadius: 14, offset: 22 });
  return <BaseEdge id={props.id} path={path} markerEnd={props.markerEnd} interactionWidth={18} />;
});
