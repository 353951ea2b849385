import { IconBolt } from "@tabler/icons-react";
import { Handle, type NodeProps, Position } from "@xyflow/react";
import { memo } from "react";
import { useTexts } from "../../../../texts";
import classes from "./Canvas.module.css";
import type { StartNode } from "./elements";
import { PortRow } from "./StepNodeView";

/** The start of a flow: the words and events that begin it. */
export const StartNodeView = memo(function StartNodeView({ data, selected }: NodeProps<StartNode>) {
  const { builder: t } = useTexts();
  return (
    <div
      className={`${classes.step} ${classes.start}`}
      data-selected={selected || undefined}
      data-testid="step-start"
    >
      <div className={classes.head}>
        <span className={classes.icon}>
          <IconBolt size={16} stroke={1.9} aria-hidden />
        </span>
        <span className={classes.name}>{t.start}</span>
      </div>
      {data.triggers.length > 0 && (
        <div className={classes.words} dir="auto">
          {data.triggers.join(" · ")}
        </div>
      )}
      {data.ports.length > 0 && (
        <div className={classes.ports}>
          {data.ports.map((port) => (
            <PortRow key={port.id} port={port} />
          ))}
        </div>
      )}
      <Handle
        id="first"
        type="source"
        position={Position.Bottom}
        className={classes.source}
        isConnectableEnd={false}
      />
    </div>
  );
});
