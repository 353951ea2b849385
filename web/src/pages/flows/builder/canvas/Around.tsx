import { Background, MiniMap } from "@xyflow/react";
import { type ComponentProps, memo } from "react";
import { useTexts } from "../../../../texts";
import classes from "./Canvas.module.css";
import { Tools } from "./Tools";

const MAP = { width: 150, height: 110 };

/** Draws what lies around the steps: dots, an overview if wanted, tools. Not drawn anew while a step is dragged. */
export const Around = memo(function Around({
  overview,
  ...tools
}: ComponentProps<typeof Tools> & { overview: boolean }) {
  const { builder: t } = useTexts();
  return (
    <>
      <Background gap={22} size={1.4} />
      {overview && (
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
