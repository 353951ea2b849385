import { Annotation, EditorState, Transaction } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { Text, UnstyledButton } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { useTexts } from "../../../texts";
import { useDraft, useDraftView } from "../builder/draft/DraftProvider";
import { useBuilder } from "../builder/layout";
import { useSelected, useSelection } from "../builder/selection";
import classes from "./CodePane.module.css";
import { editable, extensions, mayType, setProblems } from "./editor";
import { type Beside, isAhead, plain, taken, together, typed } from "./rebase";
import { lineOf, stepAt, stepLines } from "./stepLines";

const REST = 400; // milliseconds without typing, before the text is saved

/** Marks changes of the editor that come from the draft, not from typing. */
const fromDraft = Annotation.define<boolean>();

/** The flow as text: the same draft as the canvas, live both ways. */
export function CodePane() {
  const { flowCode: t } = useTexts();
  const { mayEdit } = useBuilder();
  const draft = useDraft();
  const selection = useSelection();
  const source = useDraftView((view) => view.source);
  const problems = useDraftView((view) => view.problems);
  const stale = useDraftView((view) => view.stale);
  const answered = useDraftView((view) => view.pending === 0);
  const step = useSelected((selected) => selected.step);
  const host = useRef<HTMLDivElement>(null);
  const parts = useRef<Editor | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor is made once; effects below bring it up to date.
  useEffect(() => {
    const editor = new Editor(host.current as HTMLDivElement, draft.get().source, {
      label: t.label,
      phrases: t.search,
      mayEdit,
      save: (text) => draft.setSource(text),
      mayBeSaved: () => draft.get().pending === 0 || draft.get().source !== draft.get().draft.source,
      select: (name) => selection.get().step !== name && selection.select(name),
    });
    parts.current = editor;
    editor.show(draft.get().problems);
    const chosen = selection.get().step;
    if (chosen) editor.goTo(chosen);
    const flush = () => editor.flush(true);
    window.addEventListener("pagehide", flush);
    document.addEventListener("visibilitychange", flush);
    return () => {
      window.removeEventListener("pagehide", flush);
      document.removeEventListener("visibilitychange", flush);
      flush();
      editor.end();
    };
  }, [draft, selection]);

  useEffect(() => parts.current?.take(source), [source]);
  useEffect(() => parts.current?.show(problems), [problems]);
  useEffect(() => parts.current?.allow(mayEdit), [mayEdit]);
  useEffect(() => {
    if (answered) parts.current?.flush();
  }, [answered]);
  useEffect(() => {
    if (step !== null) parts.current?.goTo(step);
  }, [step]);

  const first = problems[0];
  return (
    <div className={classes.pane} data-stale={stale || undefined}>
      <div ref={host} className={classes.editor} />
      {first && (
        <UnstyledButton className={classes.problem} onClick={() => parts.current?.goToLine(first.line, true)}>
          <IconAlertTriangle size={15} aria-hidden />
          <Text size="xs" span lineClamp={2}>
            {t.lineProblem(first.line, first.message)}
            {stale && ` · ${t.stale}`}
          </Text>
        </UnstyledButton>
      )}
    </div>
  );
}

type Options = {
  label: string;
  phrases: Record<string, string>;
  mayEdit: boolean;
  save: (text: string) => void;
  /** Says whether the draft's text has all edits of the canvas, so that a typed text takes none of them back. */
  mayBeSaved: () => boolean;
  select: (step: string) => void;
};

/** The editor with the text of the draft beside it. */
class Editor {
  private readonly view: EditorView;
  private beside: Beside;
  private timer = 0;

  constructor(
    parent: HTMLElement,
    source: string,
    private readonly options: Options,
  ) {
    this.beside = together(source);
    const listener = EditorView.updateListener.of((update) => {
      const own = update.transactions.some((one) => one.annotation(fromDraft));
      if (update.docChanged && !own) this.wasTyped(update.changes);
      if (update.selectionSet && !own && update.view.hasFocus) this.tellStep();
    });
    this.view = new EditorView({
      parent,
      state: EditorState.create({
        doc: plain(source),
        extensions: [
          extensions(options.label, options.phrases),
          editable.of(mayType(options.mayEdit)),
          listener,
        ],
      }),
    });
  }

  /** Takes the draft's text; what was typed and is not saved yet stays. */
  take(source: string) {
    if (source === this.beside.source) return;
    const { beside, change } = taken(this.beside, source);
    this.beside = beside;
    if (!change.empty) {
      const annotations = [fromDraft.of(true), Transaction.addToHistory.of(false)];
      this.view.dispatch({ changes: change, annotations });
    }
  }

  /** Gives what was typed to the draft. now: even if edits of the canvas are under way, because the page ends. */
  flush(now = false) {
    window.clearTimeout(this.timer);
    if (!isAhead(this.beside) || !(now || this.options.mayBeSaved())) return;
    const text = typed(this.beside);
    this.beside = together(text);
    this.options.save(text);
  }

  show(problems: Parameters<typeof setProblems.of>[0]) {
    this.view.dispatch({ effects: setProblems.of(problems), annotations: fromDraft.of(true) });
  }

  allow(mayEdit: boolean) {
    this.view.dispatch({ effects: editable.reconfigure(mayType(mayEdit)), annotations: fromDraft.of(true) });
  }

  /** Shows a step, unless the cursor is in it already. */
  goTo(step: string) {
    const steps = stepLines(this.view.state.doc.toString());
    if (stepAt(steps, this.line) === step) return;
    const line = lineOf(steps, step);
    if (line !== null) this.goToLine(line);
  }

  goToLine(line: number, focus = false) {
    const { doc } = this.view.state;
    const at = doc.line(Math.min(Math.max(line, 1), doc.lines)).from;
    this.view.dispatch({
      selection: { anchor: at },
      effects: EditorView.scrollIntoView(at, { y: "start", yMargin: 60 }),
      annotations: fromDraft.of(true),
    });
    if (focus) this.view.focus();
  }

  end() {
    window.clearTimeout(this.timer);
    this.view.destroy();
  }

  private get line(): number {
    const { doc, selection } = this.view.state;
    return doc.lineAt(selection.main.head).number;
  }

  private wasTyped(changes: Beside["local"]) {
    this.beside = { ...this.beside, local: this.beside.local.compose(changes) };
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.flush(), REST);
  }

  private tellStep() {
    this.options.select(stepAt(stepLines(this.view.state.doc.toString()), this.line));
  }
}
