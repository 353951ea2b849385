import {
  IconAlertTriangle,
  IconExclamationCircle,
  IconHeadset,
  IconPlayerStop,
  IconUnlink,
} from "@tabler/icons-react";
import { Handle, type NodeProps, Position } from "@xyflow/react";
import { memo } from "react";
import { useTexts } from "../../../../texts";
import { lookOf } from "../kindLooks";
import { useSelected } from "../selection";
import classes from "./Canvas.module.css";
import type { Port, StepNode } from "./elements";
import { Words } from "./Words";

/** A step on the canvas: its kind, name and first words, and a port for each way that leads on. */
export const StepNodeView = memo(function StepNodeView({ data, selected }: NodeProps<StepNode>) {
  const { builder: t } = useTexts();
  const lit = useSelected((one) => one.current === data.name);
  const { icon: Icon, tone } = lookOf(data.kind);
  return (
    <div
      className={classes.step}
      data-tone={tone}
      data-selected={selected || undefined}
      data-lit={lit || undefined}
      data-testid={`step-${data.name}`}
    >
      <Handle type="target" position={Position.Top} className={classes.target} isConnectableStart={false} />
      <div className={classes.head}>
        <span className={classes.icon} title={t.kinds[data.kind as keyof typeof t.kinds]}>
          <Icon size={16} stroke={1.9} aria-hidden />
        </span>
        <span className={classes.name}>{data.name}</span>
        <Badges data={data} />
      </div>
      {data.words && <Words text={data.words} />}
      {data.rows ? (
        <div className={classes.ports}>
          {data.ports.map((port) => (
            <PortRow key={port.id} port={port} />
          ))}
        </div>
      ) : (
        data.ports.map((port) => (
          <Handle
            key={port.id}
            id={port.id}
            type="source"
            position={Position.Bottom}
            className={classes.source}
            isConnectableEnd={false}
          />
        ))
      )}
    </div>
  );
});

/** A way on: its words, and where it leads if that is no step. */
export function PortRow({ port }: { port: Port }) {
  const { builder: t } = useTexts();
  return (
    <div className={classes.port}>
      <span className={classes.label} dir="auto" title={port.label}>
        {port.label || t.portNext}
      </span>
      {port.ends === "end" && (
        <span className={classes.ends} title={t.leadsToEnd}>
          <IconPlayerStop size={12} aria-hidden /> {t.end}
        </span>
      )}
      {port.ends === "hand_off" && (
        <span className={classes.ends} title={t.leadsToPerson}>
          <IconHeadset size={12} aria-hidden /> {t.person}
        </span>
      )}
      <Handle
        id={port.id}
        type="source"
        position={Position.Right}
        className={classes.source}
        isConnectableEnd={false}
      />
    </div>
  );
}

function Badges({ data }: { data: StepNode["data"] }) {
  const { builder: t } = useTexts();
  return (
    <span className={classes.badges}>
      {data.here > 0 && (
        <span className={classes.here} title={t.hereNow(data.here)}>
          {data.here}
        </span>
      )}
      {data.leave > 0 && (
        <span className={classes.leave} title={t.leaveHere(data.leave)}>
          −{data.leave} %
        </span>
      )}
      {!data.reachable && (
        <span className={classes.alone} title={t.unreachable}>
          <IconUnlink size={14} aria-label={t.unreachable} />
        </span>
      )}
      {data.errors > 0 && (
        <span className={classes.error} title={t.errors(data.errors)}>
          <IconExclamationCircle size={15} aria-label={t.errors(data.errors)} />
        </span>
      )}
      {data.errors === 0 && data.warnings > 0 && (
        <span className={classes.warning} title={t.warnings(data.warnings)}>
          <IconAlertTriangle size={15} aria-label={t.warnings(data.warnings)} />
        </span>
      )}
    </span>
  );
}
