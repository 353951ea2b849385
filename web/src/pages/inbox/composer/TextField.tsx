import { ActionIcon, Anchor, Button, Menu, Textarea } from "@mantine/core";
import { IconChevronDown, IconPaperclip, IconTemplate } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { type KeyboardEvent, type RefObject, useContext, useEffect, useRef, useState } from "react";
import { answer, api } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useLive } from "../../../live/LiveProvider";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { isComposing } from "../../../ui/composing";
import classes from "./Composer.module.css";
import { type Canned, matching, wordsOf } from "./canned";
import { Emoji } from "./Emoji";
import { isTooLong, LONGEST_TEXT, lengthOf, limitOf, messagesOf } from "./fit";
import { OtherHolder, useSending } from "./useSending";

const TELL_EVERY = 3_000;
const SHOW_EVERY = 20_000;

type Props = {
  field: RefObject<HTMLTextAreaElement | null>;
  mode: "message" | "note";
  draft: { text: string; change: (text: string) => void; state: "none" | "local" | "stored" };
  conversation: string;
  provider: string;
  /** undefined: not known yet. */
  canned: Canned[] | undefined;
  enterSends: boolean;
  onEnterSends: (value: boolean) => void;
  onSend: (then?: "return-to-bot") => void;
  onCanned: (reply: Canned) => void;
  onAttach: (files: File[]) => void;
  onTemplate: () => void;
};

/** The field for a text, with saved replies, emoji, files, and how long the text is. */
export function TextField(props: Props) {
  const { field, mode, draft, canned } = props;
  const { composer: t } = useTexts();
  const format = useFormat();
  const note = mode === "note";
  const typing = useTyping(props.conversation, note);
  const offered = note || !canned ? null : matching(draft.text, canned);
  const [chosen, setChosen] = useState(0);
  const [hidden, setHidden] = useState("");
  const shown = offered && hidden !== draft.text ? offered : null;
  const limit = note ? 4_000 : limitOf(props.provider);
  const length = lengthOf(draft.text);
  const parts = note ? 1 : messagesOf(draft.text, limit);
  const tooLong = note ? length > limit : isTooLong(draft.text);
  const blocked = !draft.text.trim() || tooLong;
  const sending = useSending(() => !blocked && props.onSend());
  const pick = (reply: Canned) => {
    setChosen(0);
    props.onCanned(reply);
  };

  function onKeyDown(event: KeyboardEvent) {
    if (isComposing(event.nativeEvent)) return;
    if (shown?.length) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) setChosen((now) => (now + step + shown.length) % shown.length);
      const reply = shown[Math.min(chosen, shown.length - 1)];
      if ((event.key === "Enter" || event.key === "Tab") && reply) pick(reply);
      if (step || event.key === "Enter" || event.key === "Tab") {
        event.preventDefault();
        return;
      }
    }
    if (event.key === "Escape") {
      if (shown) setHidden(draft.text);
      else field.current?.blur();
      event.stopPropagation();
      return;
    }
    if (event.key !== "Enter" || event.shiftKey || blocked) return;
    if (props.enterSends || event.ctrlKey || event.metaKey) {
      event.preventDefault();
      sending.submit();
    }
  }

  function insert(emoji: string) {
    const input = field.current;
    const at = input?.selectionStart ?? draft.text.length;
    draft.change(draft.text.slice(0, at) + emoji + draft.text.slice(input?.selectionEnd ?? at));
    requestAnimationFrame(() => {
      input?.focus();
      input?.setSelectionRange(at + emoji.length, at + emoji.length);
    });
  }

  const label = note ? t.noteLabel : t.label;
  return (
    <form onSubmit={sending.onSubmit}>
      {shown && canned?.length === 0 && <NoneSaved />}
      {shown && canned && canned.length > 0 && (
        <Suggestions replies={shown} chosen={Math.min(chosen, shown.length - 1)} onPick={pick} />
      )}
      <Textarea
        ref={field}
        data-writes
        aria-label={label}
        placeholder={note ? label : `${label} (${t.cannedHint})`}
        dir="auto"
        autosize
        minRows={2}
        maxRows={8}
        value={draft.text}
        onKeyDown={onKeyDown}
        onPaste={(event) => {
          const files = [...event.clipboardData.files];
          if (note || files.length === 0) return;
          event.preventDefault();
          props.onAttach(files);
        }}
        onChange={(event) => {
          draft.change(event.currentTarget.value);
          typing(event.currentTarget.value);
        }}
        {...(shown?.length
          ? { "aria-controls": "saved-replies", "aria-activedescendant": `saved-reply-${chosen}` }
          : {})}
      />
      <div className={classes.tools}>
        <Emoji onPick={insert} />
        {!note && (
          <>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={t.attach}
              onClick={() => props.onAttach([])}
            >
              <IconPaperclip size={20} stroke={1.7} />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={t.template}
              onClick={props.onTemplate}
            >
              <IconTemplate size={20} stroke={1.7} />
            </ActionIcon>
          </>
        )}
        <span className={classes.state} role="status">
          {counter()}
        </span>
        <Button.Group>
          <Button {...sending.button} disabled={blocked}>
            {note ? t.addNote : sending.button.children}
          </Button>
          {!note && <MoreWays {...props} blocked={blocked} />}
        </Button.Group>
      </div>
      {sending.notice}
    </form>
  );

  function counter(): string {
    const count = t.counter(format.number(length), format.number(limit));
    if (tooLong) return t.tooLong(format.number(note ? limit : LONGEST_TEXT));
    if (parts > 1) return `${count}, ${t.several(parts)}`;
    if (length > limit * 0.7) return count;
    return { none: "", local: t.draftLocal, stored: t.draftKept }[draft.state];
  }
}

function MoreWays({ enterSends, onEnterSends, onSend, blocked }: Props & { blocked: boolean }) {
  const { composer: t } = useTexts();
  const other = useContext(OtherHolder);
  return (
    <Menu position="top-end">
      <Menu.Target>
        <Button px={8} aria-label={t.more}>
          <IconChevronDown size={16} />
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item disabled={blocked || other !== ""} onClick={() => onSend("return-to-bot")}>
          {t.sendAndReturn}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          role="menuitemcheckbox"
          aria-checked={enterSends}
          onClick={() => onEnterSends(!enterSends)}
        >
          {enterSends ? `✓ ${t.enterSends}` : t.enterBreaks}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Leads to the page where saved replies are written. */
function NoneSaved() {
  const { composer: t } = useTexts();
  const { workspace, can } = useMember();
  return (
    <div className={classes.suggestions}>
      {t.noneSaved}{" "}
      {can("canned_write") && (
        <Anchor component={Link} to={`/w/${workspace}/settings/replies` as string} size="sm">
          {t.saveOne}
        </Anchor>
      )}
    </div>
  );
}

type SuggestionsProps = { replies: Canned[]; chosen: number; onPick: (reply: Canned) => void };

function Suggestions({ replies, chosen, onPick }: SuggestionsProps) {
  const { composer: t } = useTexts();
  if (replies.length === 0) return <div className={classes.suggestions}>{t.noCanned}</div>;
  return (
    <div className={classes.suggestions} role="listbox" id="saved-replies" aria-label={t.canned}>
      {replies.map((one, index) => (
        <div
          key={one.id}
          id={`saved-reply-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === chosen}
          className={classes.suggestion}
          onMouseDown={(event) => {
            event.preventDefault();
            onPick(one);
          }}
        >
          <strong>/{one.shortcut}</strong>
          <span dir="auto">{wordsOf(one)}</span>
        </div>
      ))}
    </div>
  );
}

/** Returns a function to call at each change: colleagues see that one types, and the customer now and then. */
function useTyping(conversation: string, quiet: boolean): (text: string) => void {
  const { connection } = useLive();
  const { workspace } = useMember();
  const told = useRef(0);
  const shown = useRef(0);
  useEffect(() => {
    told.current = 0;
    shown.current = 0;
  }, []);
  return (text) => {
    if (!text.trim()) return;
    const now = Date.now();
    if (now - told.current > TELL_EVERY) {
      told.current = now;
      connection.typing(conversation);
    }
    if (quiet || now - shown.current < SHOW_EVERY) return;
    shown.current = now;
    const path = { workspace, conversation };
    void answer(
      api.POST("/api/v1/workspaces/{workspace}/conversations/{conversation}/typing", { params: { path } }),
    ).catch(() => {});
  };
}
