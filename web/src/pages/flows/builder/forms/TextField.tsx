import { Textarea } from "@mantine/core";
import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from "react";
import { useTexts } from "../../../../texts";
import { useFormat } from "../../../../time/zone";
import { isComposing } from "../../../../ui/composing";
import { Emoji } from "../../../inbox/composer/Emoji";
import { useDraft } from "../draft/DraftProvider";
import { useBuilder } from "../layout";
import classes from "./Forms.module.css";
import { useTyped } from "./useField";
import { completed, matching, variablesOf, type Writing, writingAt } from "./variables";

type Props = {
  label: string;
  hideLabel?: boolean;
  value: string;
  onCommit: (text: string) => void;
  /** The longest text that can be sent; shown when it comes near. */
  most?: number;
  /** The whole text is an expression. */
  expression?: boolean;
  lines?: number;
  error?: ReactNode;
  description?: string;
  emoji?: boolean;
  placeholder?: string;
};

/** A text with `{{ variables }}`, which are offered while one types. */
export function TextField(props: Props) {
  const { label, value, onCommit, most, expression = false, lines = 1, emoji = false } = props;
  const { builder: t } = useTexts();
  const format = useFormat();
  const { mayEdit } = useBuilder();
  const draft = useDraft();
  const typed = useTyped(value, onCommit);
  const [writing, setWriting] = useState<Writing | null>(null);
  const [chosen, setChosen] = useState(0);
  const field = useRef<HTMLTextAreaElement>(null);
  const list = useId();
  const offered = writing ? matching(variablesOf(draft.get().model), writing.word) : [];
  const length = [...typed.text].length;

  function put(text: string, caret: number) {
    typed.change(text);
    setWriting(null);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(caret, caret);
    });
  }

  function pick(variable: string | undefined) {
    if (writing && variable) put(...completed(typed.text, writing, variable, expression));
  }

  function onKeyDown(event: KeyboardEvent) {
    if (!offered.length || isComposing(event.nativeEvent)) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setChosen((now) => (now + step + offered.length) % offered.length);
    else if (event.key === "Enter" || event.key === "Tab") pick(offered[chosen]);
    else if (event.key === "Escape") setWriting(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <div className={classes.text}>
      <Textarea
        ref={field}
        label={props.hideLabel ? undefined : label}
        aria-label={props.hideLabel ? label : undefined}
        description={props.description}
        placeholder={props.placeholder}
        autosize
        minRows={lines}
        maxRows={14}
        dir="auto"
        readOnly={!mayEdit}
        value={typed.text}
        error={props.error}
        classNames={{ input: expression ? classes.code : undefined }}
        spellCheck={!expression}
        aria-autocomplete="list"
        aria-controls={offered.length ? list : undefined}
        aria-activedescendant={offered.length ? `${list}-${chosen}` : undefined}
        onKeyDown={onKeyDown}
        onChange={(event) => {
          const { value: text, selectionStart } = event.currentTarget;
          typed.change(expression ? text.replace(/\n/g, " ") : text);
          setWriting(writingAt(text, selectionStart, expression));
          setChosen(0);
        }}
        onBlur={() => {
          setWriting(null);
          typed.flush();
        }}
      />
      {offered.length > 0 && (
        <div className={classes.offered} role="listbox" id={list} aria-label={t.variables}>
          {offered.map((one, place) => (
            <div
              key={one}
              id={`${list}-${place}`}
              role="option"
              tabIndex={-1}
              aria-selected={place === chosen}
              onMouseDown={(event) => {
                event.preventDefault();
                pick(one);
              }}
            >
              {one}
            </div>
          ))}
        </div>
      )}
      {(emoji || (most !== undefined && length > most * 0.7)) && (
        <div className={classes.under}>
          {emoji && mayEdit && (
            <Emoji
              onPick={(sign) => {
                const at = field.current?.selectionStart ?? typed.text.length;
                put(typed.text.slice(0, at) + sign + typed.text.slice(at), at + sign.length);
              }}
            />
          )}
          {most !== undefined && (
            <span data-over={length > most || undefined}>
              {t.counter(format.number(length), format.number(most))}
            </span>
          )}
        </div>
      )}
    </div>
  );
}
