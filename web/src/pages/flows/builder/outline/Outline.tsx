import { Button, Menu, ScrollArea } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { useTexts } from "../../../../texts";
import { useDraft, useDraftView } from "../draft/DraftProvider";
import type { Edge } from "../draft/types";
import { useBuilder } from "../layout";
import { useSelected, useSelection } from "../selection";
import { DeleteSteps } from "../steps/DeleteSteps";
import { KindItems } from "../steps/KindMenu";
import { useStepActions } from "../steps/StepsProvider";
import classes from "./Outline.module.css";
import { OutlineRow } from "./OutlineRow";
import { rowsOf, waysOf } from "./rows";

/**
 * The flow as a tree of its steps and their ways, for keyboards and screen readers: it can do all that the canvas can.
 * Arrow keys walk, Enter opens the form or the choice of a target, F2 renames, Insert adds below, Delete removes,
 * Alt+arrows move a step in the file.
 */
export function Outline() {
  const { builder: t } = useTexts();
  const { mayEdit, showTab } = useBuilder();
  const actions = useStepActions();
  const draft = useDraft();
  const selection = useSelection();
  const chosen = useSelected((one) => one.step);
  const graph = useDraftView((view) => view.graph);
  const model = useDraftView((view) => view.model);
  const stale = useDraftView((view) => view.stale);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [at, setAt] = useState("");
  const [working, setWorking] = useState<"rename" | "target" | null>(null);
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<string | null>(null);
  const [said, setSaid] = useState("");
  const tree = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => rowsOf(graph, model, open, t), [graph, model, open, t]);
  const editable = mayEdit && !stale;
  const current = rows.find((row) => row.id === at) ?? rows.find((row) => row.id === chosen) ?? rows[0];

  function go(id: string | undefined) {
    if (!id) return;
    setAt(id);
    setWorking(null);
    setSaid("");
    const row = rows.find((one) => one.id === id);
    if (row) selection.select(row.step.name, null, false);
    focusOn(id);
  }

  const focusOn = (id: string) =>
    requestAnimationFrame(() =>
      tree.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`)?.focus(),
    );

  /** Moves a step in the file; its line keeps the focus. */
  function moved(name: string, after: string | null) {
    actions.move(name, after);
    setAt(name);
    focusOn(name);
  }

  /** Takes a way away, and says where it leads then. */
  function removeWay(edge: Edge, label: string) {
    const to = actions.removeWay(edge);
    if (to === null) go(edge.source);
    setSaid(to === null ? t.wayGone(label) : t.wayLeads(label, t.targetName(to)));
  }

  function toggle(name: string, wanted: boolean) {
    setOpen((before) => {
      const next = new Set(before);
      if (wanted) next.add(name);
      else next.delete(name);
      return next;
    });
  }

  function onKeyDown(event: KeyboardEvent) {
    if (!current || (event.target as HTMLElement).getAttribute("role") !== "treeitem") return;
    const place = rows.indexOf(current);
    const { step, edge } = current;
    const names = graph.steps.map((one) => one.name);
    const at = names.indexOf(step.name);
    // biome-ignore-start lint/correctness/noComponentHookFactories: they are names of keys
    const keys: Record<string, () => void> = {
      ArrowDown: () => go(rows[place + 1]?.id),
      ArrowUp: () => go(rows[place - 1]?.id),
      Home: () => go(rows[0]?.id),
      End: () => go(rows.at(-1)?.id),
      ArrowRight: () => {
        if (edge) return;
        if (!open.has(step.name) && waysOf(graph, step).length) toggle(step.name, true);
        else go(rows[place + 1]?.id);
      },
      ArrowLeft: () => {
        if (edge) go(step.name);
        else toggle(step.name, false);
      },
      Enter: () => {
        if (edge && editable) setWorking("target");
        else {
          selection.select(step.name);
          showTab("step");
          document.getElementById("step-form")?.focus();
        }
      },
    };
    const edits: Record<string, () => void> = {
      F2: () => !edge && setWorking("rename"),
      Delete: () => (edge ? removeWay(edge, current.label) : setDeleting(step.name)),
      Insert: () => setAdding(true),
      "Alt+ArrowUp": () => at > 1 && moved(step.name, names[at - 2] ?? null),
      "Alt+ArrowDown": () => at > 0 && at < names.length - 1 && moved(step.name, names[at + 1] ?? null),
      "Mod+z": () => draft.undo(),
      "Mod+y": () => draft.redo(),
    };
    // biome-ignore-end lint/correctness/noComponentHookFactories: see above
    const name = `${event.altKey ? "Alt+" : ""}${event.ctrlKey || event.metaKey ? "Mod+" : ""}${event.key}`;
    const act = keys[name] ?? (editable ? edits[name] : undefined);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  return (
    <ScrollArea h="100%">
      <div className={classes.outline}>
        <div className={classes.tools}>
          {editable && (
            <Menu opened={adding} onChange={setAdding} position="bottom-start" width={270} trapFocus>
              <Menu.Target>
                <Button size="xs" leftSection={<IconPlus size={15} aria-hidden />}>
                  {t.addBelow}
                </Button>
              </Menu.Target>
              <KindItems
                onPick={(kind) => {
                  const edge =
                    current?.edge ??
                    (current && waysOf(graph, current.step).find((one) => one.path[2] === "next"));
                  const name = actions.add(kind, { edge: edge ?? undefined, near: current?.step.name });
                  setAt(name);
                  window.setTimeout(() => focusOn(name), 50);
                }}
              />
            </Menu>
          )}
          <Button
            size="xs"
            variant="default"
            onClick={() => setOpen(new Set(open.size ? [] : graph.steps.map((one) => one.name)))}
          >
            {open.size ? t.closeAll : t.openAll}
          </Button>
          <span className={classes.help} role="status">
            {said || (editable ? t.outlineHelp : "")}
          </span>
        </div>
        <div
          ref={tree}
          role="tree"
          aria-label={t.outlineLabel}
          className={classes.tree}
          onKeyDown={onKeyDown}
        >
          {rows.map((row) => (
            <OutlineRow
              key={row.id}
              row={row}
              open={open.has(row.step.name)}
              current={row.id === current?.id}
              selected={chosen === row.step.name && row.edge === null}
              working={row.id === current?.id && editable ? working : null}
              editable={editable}
              hasWays={waysOf(graph, row.step).length > 0}
              onGo={() => go(row.id)}
              onToggle={() => toggle(row.step.name, !open.has(row.step.name))}
              onWork={(work) => {
                setAt(row.id);
                setWorking(work);
              }}
              onDone={(id = row.id) => {
                setWorking(null);
                setAt(id);
                focusOn(id);
              }}
            />
          ))}
        </div>
      </div>
      {deleting && <DeleteSteps names={[deleting]} onClose={() => setDeleting(null)} />}
    </ScrollArea>
  );
}
