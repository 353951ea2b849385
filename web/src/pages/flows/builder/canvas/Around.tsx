import { Background, MiniMap } from "@xyflow/react";
import { type ComponentProps, memo } from "react";
import { useTexts } from "../../../../texts";
import classes from "./Canvas.module.css";
import { Tools } from "./Tools";

const MAP = { width: 150, height: 110 };

/** What lies around the steps: dots, a small map, tools. Not drawn anew while a step is dragged. */
export const Around = memo(function Around({
  small,
  ...tools
}: ComponentProps<typeof Tools> & { small: boolean }) {
  const { builder: t } = useTexts();
  return (
    <>
      <Background gap={22} size={1.4} />
      {!small && (
        <MiniMap
          style={MAP}
          pannable
          zoomable
          nodeStrokeWidth={0}
          ariaLabel={t.minimap}
          className={classes.minimap}
        />
      )}
      <Tools {...tools} />
    </>
  );
});
