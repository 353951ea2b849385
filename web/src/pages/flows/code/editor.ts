import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
} from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { pageNonce } from "../../../nonce";
import type { FlowProblem } from "../builder/draft/types";

/** Marks the lines of problems. */
export const setProblems = StateEffect.define<readonly FlowProblem[]>();

const problemLines = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (effect.is(setProblems)) next = marked(transaction.state, effect.value);
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function marked(state: EditorState, problems: readonly FlowProblem[]): DecorationSet {
  const byLine = new Map<number, string[]>();
  for (const { line, message } of problems) {
    const place = Math.min(Math.max(line, 1), state.doc.lines);
    byLine.set(place, [...(byLine.get(place) ?? []), message]);
  }
  const lines = [...byLine].sort(([one], [other]) => one - other);
  return Decoration.set(
    lines.map(([line, messages]) =>
      Decoration.line({ class: "cm-problem", attributes: { title: messages.join("\n") } }).range(
        state.doc.line(line).from,
      ),
    ),
  );
}

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "light-dark(#0b5c8a, #7cc4f0)" },
  { tag: [tags.string, tags.content], color: "light-dark(#2b5d1f, #a5d6a0)" },
  { tag: [tags.comment, tags.lineComment], color: "light-dark(#5c636a, #9aa5ad)", fontStyle: "italic" },
  { tag: [tags.keyword, tags.bool, tags.number, tags.atom], color: "light-dark(#8a3b12, #f0b48a)" },
  { tag: [tags.separator, tags.punctuation, tags.meta], color: "light-dark(#5c636a, #9aa5ad)" },
]);

const look = EditorView.theme({
  "&": { height: "100%", fontSize: "13px", backgroundColor: "transparent" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--mantine-color-text)" },
  ".cm-cursor": { borderLeftColor: "var(--mantine-color-text)" },
  ".cm-gutters": {
    backgroundColor: "transparent",
    color: "light-dark(#5c636a, #9aa5ad)",
    border: "none",
  },
  ".cm-activeLine, .cm-activeLineGutter": {
    backgroundColor: "light-dark(rgb(0 0 0 / 4%), rgb(255 255 255 / 5%))",
  },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "light-dark(#cfe3f7, #2f4a63)",
  },
  ".cm-problem": {
    backgroundColor: "light-dark(#fdecea, #42201d)",
    boxShadow: "inset 3px 0 light-dark(#c92a2a, #ff8787)",
  },
  ".cm-panels": {
    backgroundColor: "var(--mantine-color-default)",
    color: "var(--mantine-color-text)",
  },
  ".cm-searchMatch": { backgroundColor: "light-dark(#ffe8a3, #5c4a14)" },
  ".cm-button": {
    backgroundImage: "none",
    backgroundColor: "var(--mantine-color-default-hover)",
    color: "inherit",
    border: "1px solid var(--mantine-color-default-border)",
  },
  ".cm-textfield": {
    backgroundColor: "var(--mantine-color-body)",
    color: "inherit",
    border: "1px solid var(--mantine-color-default-border)",
  },
  ".cm-foldPlaceholder": { backgroundColor: "transparent", color: "inherit" },
});

export const editable = new Compartment();

/** Returns what may be done: reading, or typing too. */
export const mayType = (allowed: boolean): Extension => [
  EditorState.readOnly.of(!allowed),
  EditorView.editable.of(true), // a reader moves and selects by keyboard all the same
];

/** Returns the parts of the editor. label: for screen readers. phrases: of the search panel. */
export function extensions(label: string, phrases: Record<string, string>): Extension {
  return [
    EditorView.cspNonce.of(pageNonce()),
    EditorState.phrases.of(phrases),
    EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", autocapitalize: "off" }),
    lineNumbers(),
    foldGutter(),
    history(),
    drawSelection(),
    indentOnInput(),
    bracketMatching(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSelectionMatches(),
    search({ top: true }),
    EditorView.lineWrapping,
    yaml(),
    syntaxHighlighting(colours),
    problemLines,
    look,
    keymap.of([...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap]),
  ];
}
