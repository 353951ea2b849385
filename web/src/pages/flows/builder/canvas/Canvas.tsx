import "@xyflow/react/dist/base.css";
import { useComputedColorScheme } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import {
  applyNodeChanges,
  type Connection,
  type FinalConnectionState,
  MarkerType,
  type NodeChange,
  ReactFlow,
  type ReactFlowInstance,
  ReactFlowProvider,
  useReactFlow,
  useStore,
} from "@xyflow/react";
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTexts } from "../../../../texts";
import { useStable } from "../../../../ui/useStable";
import { useDraft, useDraftView } from "../draft/DraftProvider";
import { useBuilder } from "../layout";
import { useSelected, useSelection } from "../selection";
import { DeleteSteps } from "../steps/DeleteSteps";
import { edgeLabel } from "../steps/describe";
import { KindMenu } from "../steps/KindMenu";
import { START } from "../steps/layoutStore";
import { useStepActions } from "../steps/StepsProvider";
import { Around } from "./Around";
import classes from "./Canvas.module.css";
import type { FlowEdge, FlowNode, Port } from "./elements";
import { motion, pointOf } from "./pointer";
import { Said, useSaid } from "./Said";
import { Search } from "./Search";
import { StartNodeView } from "./StartNodeView";
import { StepNodeView } from "./StepNodeView";
import { isSamePlace, useElements } from "./useElements";
import { firstViewport } from "./viewport";
import { WayView } from "./WayView";
import { type Direction, walked } from "./walk";
import { wayUnder } from "./wayUnder";

const NODE_TYPES = { step: StepNodeView, start: StartNodeView };
const EDGE_TYPES = { way: WayView };
const MARKER = { markerEnd: { type: MarkerType.ArrowClosed, width: 16, height: 16 } };
/** So many steps fit on the screen; an overview of them would only cover some. */
const FEW = 14;
const FIT = { padding: 0.15, maxZoom: 1, minZoom: 0.35 };

const mayLeadTo = (one: { target: string }) => one.target !== START;

/** A new step is being chosen. port: at whose end; at: on the page, for the menu; place: on the canvas. */
type Adding = { port: Port | null; at: { x: number; y: number }; place: { x: number; y: number } };

export function Canvas() {
  return (
    <ReactFlowProvider>
      <FlowCanvas />
    </ReactFlowProvider>
  );
}

/** The flow as a picture that can be edited. */
function FlowCanvas() {
  const { builder: t } = useTexts();
  const { mayEdit } = useBuilder();
  const draft = useDraft();
  const actions = useStepActions();
  const selection = useSelection();
  const chosen = useSelected((one) => one.step);
  const asked = useSelected((one) => one.asked);
  const stale = useDraftView((view) => view.stale);
  const colorMode = useComputedColorScheme("light");
  const small = useMediaQuery("(max-width: 48em)");
  const height = useStore((one) => one.height);
  const { nodes: wanted, edges, steps, tidy, ready } = useElements(chosen);
  const { screenToFlowPosition, fitView, setCenter, getZoom } = useReactFlow<FlowNode, FlowEdge>();
  const [nodes, setNodes] = useState<FlowNode[]>(wanted);
  const [adding, setAdding] = useState<Adding | null>(null);
  const [deleting, setDeleting] = useState<readonly string[] | null>(null);
  const [searching, setSearching] = useState(false);
  const [way, setWay] = useState<string | null>(null);
  const [between, setBetween] = useState<string | null>(null);
  const [said, say] = useSaid();
  const loose = useRef(false);
  const field = useRef<HTMLDivElement>(null);
  const editable = mayEdit && !stale && !small;

  const drawn = useMemo(
    () =>
      way === null && between === null
        ? edges
        : edges.map((edge) => {
            if (edge.id === between) return { ...edge, className: `${edge.className ?? ""} between` };
            return edge.id === way ? { ...edge, selected: true } : edge;
          }),
    [edges, way, between],
  );

  const marked = useRef<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const id = chosen === "" ? START : chosen;
    if (id === null || !marked.current.has(id)) marked.current = new Set(id === null ? [] : [id]);
    setNodes((before) => {
      const old = new Map(before.map((node) => [node.id, node]));
      return wanted.map((node) => {
        const selected = marked.current.has(node.id);
        const other = old.get(node.id);
        // A step that is being dragged stays under the pointer when an answer of the server comes.
        if (other?.dragging) return { ...node, selected, position: other.position, dragging: true };
        const same = other?.data === node.data && other.selected === selected && isSamePlace(other, node);
        if (same) return other;
        return selected ? { ...node, selected } : node;
      });
    });
  }, [wanted, chosen]);

  /** Moves to the selected step. */
  function reveal() {
    const node = wanted.find((one) => one.id === (chosen === "" ? START : chosen));
    if (!node) return;
    const zoom = Math.max(getZoom(), 0.7);
    const middle = {
      x: node.position.x + (node.width ?? 0) / 2,
      y: node.position.y + (node.height ?? 0) / 2,
    };
    void setCenter(middle.x, middle.y, { zoom, duration: motion() });
  }

  // Something else than the canvas has selected a step.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new wish moves the canvas
  useEffect(() => {
    if (asked) reveal();
  }, [asked]);

  // On a phone the form of the touched step covers most of the picture: the step goes to what is left of it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: an edit moves nothing
  useEffect(() => {
    if (small && height && chosen !== null) reveal();
  }, [small, height, chosen]);

  const onNodesChange = useCallback(
    (changes: NodeChange<FlowNode>[]) => {
      const kept = changes.filter((one) => one.type === "position" || one.type === "select");
      if (!kept.length) return;
      setNodes((before) => applyNodeChanges(kept, before));
      const moved = kept.flatMap((one) =>
        one.type === "position" && one.position && one.dragging === false
          ? [[one.id, one.position] as const]
          : [],
      );
      if (moved.length) actions.layout.move(new Map(moved));
    },
    [actions],
  );

  const onSelection = useCallback(
    ({ nodes: picked }: { nodes: FlowNode[] }) => {
      marked.current = new Set(picked.map((node) => node.id));
      const [only, other] = picked;
      if (!only) return;
      const step = only.id === START ? "" : only.id;
      if (!other && selection.get().step !== step) selection.select(step, null, false);
    },
    [selection],
  );

  const portOf = (source: string | null, handle: string | null | undefined): Port | null => {
    const ports = source === START ? startPorts(wanted) : steps.get(source ?? "")?.ports;
    return ports?.find((port) => port.id === handle) ?? null;
  };

  const connect = ({ source, sourceHandle, target }: Connection) => {
    if (target === START || !target) return;
    if (source === START && sourceHandle === "first") {
      actions.move(target, null);
      return;
    }
    const port = portOf(source, sourceHandle);
    if (port) actions.connect(port.edge, target);
  };

  /** Leads to the step under the pointer, also if no port of it was hit; elsewhere, offers a new step. */
  const onConnectEnd = useStable((event: MouseEvent | TouchEvent, state: FinalConnectionState) => {
    if (state.toNode || !state.fromNode || state.fromHandle?.type !== "source") return;
    const { id: source } = state.fromNode;
    const sourceHandle = state.fromHandle.id ?? null;
    const at = pointOf(event);
    const under = document.elementFromPoint(at.x, at.y);
    const target = under?.closest<HTMLElement>(".react-flow__node")?.dataset.id;
    if (target) {
      if (target !== source) connect({ source, sourceHandle, target, targetHandle: null });
      return;
    }
    const port = portOf(source, sourceHandle);
    if (!port || !under?.closest(".react-flow__pane")) return;
    setAdding({ port, at, place: screenToFlowPosition({ x: at.x - 40, y: at.y }) });
  });

  const onAdd = useStable((at: { x: number; y: number }) => {
    const box = field.current?.getBoundingClientRect();
    const middle = box ? { x: box.x + box.width / 2 - 130, y: box.y + box.height / 2 } : at;
    setAdding({ port: null, at, place: screenToFlowPosition(middle) });
  });

  /** Takes the way away that was clicked, and says where it leads then. */
  const removeWay = (id: string) => {
    const edge = edges.find((one) => one.id === id)?.data?.edge;
    setWay(null);
    if (edge === undefined) return;
    if (edge === null) return say({ text: t.firstStays });
    const label = edgeLabel(edge, draft.get().model, t) || t.portNext;
    const to = actions.removeWay(edge);
    say({ text: to === null ? t.wayGone(label) : t.wayLeads(label, t.targetName(to)) });
  };

  /** Returns the way on which a step lies that nothing leads to yet. */
  const wayBelow = (node: FlowNode) =>
    loose.current
      ? wayUnder(field.current, node, (id) => edges.some((one) => one.id === id && one.source !== node.id))
      : null;

  const onDrop = useStable((_: unknown, node: FlowNode) => {
    const edge = edges.find((one) => one.id === wayBelow(node))?.data?.edge;
    loose.current = false;
    setBetween(null);
    if (edge === undefined) return;
    actions.putBetween(edge, node.id);
    say({ text: t.wentBetween(node.id) });
  });

  const onTidy = useStable(() => {
    const before = new Map(wanted.map((node) => [node.id, node.position]));
    tidy();
    say({ text: t.tidied, label: t.putBack, act: () => actions.layout.move(before) });
    window.setTimeout(() => void fitView({ ...FIT, duration: motion() }), 60);
  });
  const onFit = useStable(() => void fitView({ ...FIT, duration: motion() }));
  const onSearch = useStable(() => setSearching(true));

  const onInit = useStable((flow: ReactFlowInstance<FlowNode, FlowEdge>) => {
    const box = field.current?.getBoundingClientRect();
    if (box) void flow.setViewport(firstViewport(wanted, box.width, box.height));
    if (asked) reveal();
  });
  const onPaneClick = useStable(() => {
    setWay(null);
    selection.select(null, null, false);
  });
  const onEdgeClick = useStable((_: unknown, edge: FlowEdge) => {
    setWay(edge.id);
    field.current?.focus({ preventScroll: true });
  });
  const onNodeDragStart = useStable((_: unknown, node: FlowNode, all: FlowNode[]) => {
    loose.current = all.length === 1 && node.id !== START && actions.mayGoBetween(node.id);
  });
  const onNodeDrag = useStable((_: unknown, node: FlowNode) => {
    if (loose.current) setBetween(wayBelow(node));
  });
  const onNodeClick = useStable((event: { ctrlKey: boolean; metaKey: boolean }, node: FlowNode) => {
    setWay(null);
    if (event.ctrlKey || event.metaKey) return; // one more is picked; the form stays
    const step = node.id === START ? "" : node.id;
    if (selection.get().step !== step) selection.select(step, null, false);
  });
  const onConnect = useStable(connect);
  const onReconnect = useStable((_: unknown, connection: Connection) => connect(connection));

  const pickedNames = () => nodes.filter((node) => node.selected && node.id !== START).map((node) => node.id);

  const onKeyDown = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    // Dialogs and menus are drawn elsewhere in the page, but React passes their keys up to here.
    if (!event.currentTarget.contains(target)) return;
    if (target.matches("input, textarea, [contenteditable]")) return;
    const mod = event.ctrlKey || event.metaKey;
    const key = event.key;
    const does = (act: () => void) => {
      event.preventDefault();
      event.stopPropagation();
      act();
    };
    if (mod && key.toLowerCase() === "f") return does(() => setSearching(true));
    if (key.startsWith("Arrow") && !mod) {
      return does(() => {
        setWay(null);
        const to = walked(draft.get().graph, chosen, key as Direction);
        if (to) selection.select(to);
      });
    }
    if (key === "Escape") setWay(null);
    if (key === "Escape") return selection.select(null, null, false);
    const presses = target.closest("button, a, [role=menuitem]") !== null; // Enter is for it
    if (key === "Enter" && chosen !== null && !presses)
      return does(() => document.getElementById("step-form")?.focus());
    if (!editable) return;
    if (mod && key.toLowerCase() === "z") return does(() => (event.shiftKey ? draft.redo() : draft.undo()));
    if (mod && key.toLowerCase() === "y") return does(() => draft.redo());
    if (mod && key.toLowerCase() === "d") return does(() => actions.duplicate(pickedNames()));
    if (mod && key.toLowerCase() === "a") {
      return does(() => {
        marked.current = new Set(wanted.map((node) => node.id));
        setNodes((before) => before.map((node) => ({ ...node, selected: true })));
      });
    }
    if (key === "Delete" || key === "Backspace") {
      if (way !== null) return does(() => removeWay(way));
      const names = pickedNames();
      if (names.length) return does(() => setDeleting(names));
    }
  };

  return (
    <div
      ref={field}
      className={classes.canvas}
      data-stale={stale || undefined}
      role="application"
      aria-label={t.canvasLabel}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it acts on keys
      tabIndex={0}
      onKeyDown={onKeyDown}
      onCopy={(event) => {
        const names = pickedNames();
        if (!names.length || (event.target as HTMLElement).matches("input, textarea")) return;
        event.clipboardData.setData("text/plain", actions.copy(names));
        event.preventDefault();
      }}
      onPaste={(event) => {
        if (!editable || (event.target as HTMLElement).matches("input, textarea")) return;
        const box = field.current?.getBoundingClientRect();
        const middle = screenToFlowPosition({
          x: (box?.x ?? 0) + (box?.width ?? 0) / 3,
          y: (box?.y ?? 0) + 80,
        });
        const lost = actions.paste(event.clipboardData.getData("text/plain"), chosen || undefined, middle);
        if (lost.length) say({ text: t.pastedWithout(lost.join(", ")) });
      }}
    >
      {ready && (
        <ReactFlow<FlowNode, FlowEdge>
          nodes={nodes}
          edges={drawn}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          defaultEdgeOptions={MARKER}
          colorMode={colorMode}
          onInit={onInit}
          minZoom={0.08}
          maxZoom={1.6}
          onlyRenderVisibleElements
          nodesFocusable={false}
          edgesFocusable={false}
          disableKeyboardA11y
          deleteKeyCode={null}
          nodesDraggable={editable}
          nodesConnectable={editable}
          edgesReconnectable={editable}
          elevateNodesOnSelect
          selectNodesOnDrag={false}
          onNodesChange={onNodesChange}
          onSelectionChange={onSelection}
          onPaneClick={onPaneClick}
          onEdgeClick={onEdgeClick}
          onNodeDragStart={onNodeDragStart}
          onNodeDrag={onNodeDrag}
          onNodeDragStop={onDrop}
          onNodeClick={onNodeClick}
          onConnect={onConnect}
          onConnectEnd={onConnectEnd}
          onReconnect={editable ? onReconnect : undefined}
          connectionRadius={36}
          isValidConnection={mayLeadTo}
        >
          <Around
            overview={!small && wanted.length > FEW}
            editable={editable}
            onAdd={onAdd}
            onSearch={onSearch}
            onTidy={onTidy}
            onFit={onFit}
          />
        </ReactFlow>
      )}
      {stale && (
        <div className={classes.note} role="status">
          {t.staleText}
        </div>
      )}
      <Said said={said} onDone={() => say(null)} />
      {searching && <Search onClose={() => setSearching(false)} onDone={() => field.current?.focus()} />}
      {adding && (
        <KindMenu
          at={adding.at}
          onClose={() => setAdding(null)}
          onPick={(kind) => {
            actions.add(kind, {
              edge: adding.port?.edge,
              near: chosen || undefined,
              position: adding.place,
            });
            setAdding(null);
            field.current?.focus();
          }}
        />
      )}
      {deleting && <DeleteSteps names={deleting} onClose={() => setDeleting(null)} />}
    </div>
  );
}

function startPorts(nodes: readonly FlowNode[]): Port[] {
  const [first] = nodes;
  return first?.type === "start" ? first.data.ports : [];
}
