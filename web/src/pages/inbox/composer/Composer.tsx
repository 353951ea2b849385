import { Button, SegmentedControl, Stack, Text } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import {
  type RefObject,
  Suspense,
  useCallback,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from "react";
import type { Schemas } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { Loading } from "../../../ui/Loading";
import { late } from "../../../ui/late";
import { repliesQuery } from "../../settings/replies/queries";
import { HeldBy } from "../conversation/HeldBy";
import type { Entry } from "../conversation/timeline";
import { useCustomer } from "../panel/useCustomer";
import { type Attached, type FileContent, NO_FILE } from "./attached";
import classes from "./Composer.module.css";
import { type Canned, fillVariables, wordsOf } from "./canned";
import { textContent } from "./openKeys";
import { QuoteAbove, useQuote } from "./QuoteAbove";
import { TextField } from "./TextField";
import { UnsentNotice } from "./UnsentNotice";
import { useDraft } from "./useDraft";
import { comesBack, useSend, type Wanted } from "./useSend";
import { OtherHolder } from "./useSending";
import { useTick } from "./useTick";
import { timeLeft, windowOf } from "./window";

const AttachDialog = late(async () => (await import("./AttachDialog")).AttachDialog);
const TemplatePicker = late(async () => (await import("./TemplatePicker")).TemplatePicker);

export type ComposerHandle = {
  focus: () => void;
  reply: (message: string) => void;
  attach: (files: File[]) => void;
};
type Props = {
  details: Schemas["ConversationDetails"];
  channel: Schemas["ChannelShown"] | undefined;
  entries: readonly Entry[];
  onQuote: (message: string) => void;
  handle: RefObject<ComposerHandle | null>;
};

/** The labels of a saved reply, which go with the text or file that was made of it. */
type ReplyLabels = { of: "text" | "file"; names: readonly string[] };
const NO_LABELS: ReplyLabels = { of: "text", names: [] };

/** The place where a person writes: an answer, a note, or a template when the 24 hours are over. */
export function Composer({ details, channel, entries, onQuote, handle }: Props) {
  const texts = useTexts();
  const { composer: t, conversation: words } = texts;
  const member = useMember();
  const { row } = details;
  const where = { workspace: member.workspace, person: member.me.id, conversation: row.id };
  const [mode, setMode] = useState<"message" | "note">("message");
  const answerDraft = useDraft(where, details.draft);
  const noteDraft = answerDraft.note;
  const draft = mode === "note" ? noteDraft : answerDraft;
  const [picking, setPicking] = useState(false);
  const [attaching, setAttaching] = useState<Attached | null>(null);
  const [labels, setLabels] = useState<ReplyLabels>(NO_LABELS);
  const [enterSends, setEnterSends] = useLocalStorage({ key: "parley.enter-sends", defaultValue: true });
  const field = useRef<HTMLTextAreaElement>(null);
  const { change, reply, text: begunAnswer } = answerDraft;
  const { change: changeNote, text: begunNote } = noteDraft;
  const onBack = useCallback(
    ({ text, note = false, quote, labels = [] }: Wanted) => {
      const joined = (now: string) => (now.trim() && now !== text ? `${text}\n${now}` : text);
      // Whoever is writing something else goes on where it is: a private note must not become an answer.
      setMode((now) => ((now === "note" ? begunNote : begunAnswer).trim() ? now : note ? "note" : "message"));
      if (note) changeNote(joined(begunNote));
      else {
        change(joined);
        if (quote) reply(quote.id);
        if (labels.length && !begunAnswer.trim()) setLabels({ of: "text", names: labels });
      }
    },
    [change, changeNote, begunNote, begunAnswer, reply],
  );
  const { send, again, unsent, dismiss, isSending } = useSend(where, answerDraft.local, onBack);
  useEffect(() => {
    if (labels.names.length && (labels.of === "text" ? !begunAnswer.trim() : attaching === null))
      setLabels(NO_LABELS);
  }, [labels, begunAnswer, attaching]);
  const customer = useCustomer(row.customer.id).data;
  const canned = useCanned(member.workspace);

  const [windowEnded, setWindowEnded] = useState<string | null>(null);
  useEffect(() => {
    if (unsent.some((one) => one.reason === "window-closed")) setWindowEnded(row.window_ends_at);
  }, [unsent, row.window_ends_at]);
  const refusedByWindow = windowEnded !== null && windowEnded === row.window_ends_at;
  const left = useWindow(row.window_ends_at);
  const open = left.open && !refusedByWindow;

  const quote = useQuote(entries, channel?.quotes ? answerDraft.replyTo : "");
  useImperativeHandle(handle, () => ({
    focus: () => field.current?.focus(),
    reply: (message) => {
      setMode("message");
      reply(message);
      requestAnimationFrame(() => field.current?.focus());
    },
    attach: (files) => {
      if (mode === "message" && open && member.can("messages_write")) setAttaching({ files, first: NO_FILE });
    },
  }));

  if (!member.can("messages_write")) {
    return (
      <Text p="md" size="sm" c="dimmed" className={classes.composer}>
        {t.readOnly}
      </Text>
    );
  }
  const other =
    row.mode === "human" && row.assigned_to && row.assigned_to !== member.me.id ? row.assigned_to : "";
  const wants = (content: Wanted["content"], text: string, more: Partial<Wanted> = {}) => {
    void send({ content, text, guard: other, ...(more.note || !quote ? {} : { quote }), ...more });
    if (!more.note) reply("");
    setPicking(false);
  };
  const sendText = (then?: "return-to-bot") => {
    const text = draft.text.trim();
    if (!text) return;
    draft.change("");
    const note = mode === "note";
    const names = !note && labels.of === "text" ? labels.names : [];
    wants(textContent(text), text, { note, labels: names, ...(then ? { then } : {}) });
    field.current?.focus();
  };
  const pickCanned = (reply: Canned) => {
    const body = reply.body as Record<string, unknown>;
    const values = { customer: { ...customer, number: customer?.phone }, agent: { name: member.me.name } };
    setLabels({ of: body.type === "media" ? "file" : "text", names: reply.labels });
    if (body.type === "media") {
      answerDraft.change("");
      const caption = fillVariables(String(body.caption ?? ""), values);
      setAttaching({ files: [], first: { ...NO_FILE, ...body, caption } as FileContent });
    } else answerDraft.change(fillVariables(wordsOf(reply), values));
    field.current?.focus();
  };
  const template = mode === "message" && (!open || picking);
  return (
    <OtherHolder value={mode === "note" ? "" : other}>
      <div className={classes.composer} data-mode={mode}>
        {unsent.map((one) => (
          <UnsentNotice
            key={one.intent}
            unsent={one}
            isSame={!comesBack(one.wanted) || answerDraft.text.trim() === one.wanted.text.trim()}
            busy={isSending}
            onDismiss={() => dismiss(one)}
            onTakeOver={() => {
              if (comesBack(one.wanted)) answerDraft.change("");
              void again(one, { guard: one.by || null });
            }}
            onAgain={() => void again(one)}
          />
        ))}
        <div className={classes.top}>
          <SegmentedControl
            size="xs"
            aria-label={t.mode}
            value={mode}
            onChange={(next) => setMode(next as typeof mode)}
            data={[
              { value: "message", label: t.message },
              { value: "note", label: t.note },
            ]}
          />
          {mode === "message" && open && left.left !== null && (
            <span className={classes.window} data-soon={left.left < 2 * 3_600_000 || undefined} data-window>
              {t.windowLeft(timeLeft(left.left, texts))}
            </span>
          )}
        </div>
        {mode === "message" && quote && (
          <QuoteAbove quote={quote} onShow={() => onQuote(quote.id)} onEnd={() => reply("")} />
        )}
        {template ? (
          <Stack gap="xs">
            {!open && <Text size="sm">{row.window_ends_at ? t.windowClosed : t.windowNever}</Text>}
            <Suspense fallback={<Loading h={80} />}>
              <TemplatePicker
                workspace={member.workspace}
                channel={row.channel}
                provider={channel?.provider ?? "meta"}
                optedOut={customer?.opted_out ?? false}
                customerName={row.customer.name}
                disabled={isSending}
                kept={answerDraft.template}
                onKeep={answerDraft.fill}
                onSend={(content, text) => wants(content, text)}
              />
            </Suspense>
            {open && (
              <Button
                variant="subtle"
                size="xs"
                style={{ alignSelf: "flex-start" }}
                onClick={() => setPicking(false)}
              >
                {texts.common.cancel}
              </Button>
            )}
          </Stack>
        ) : (
          <TextField
            field={field}
            mode={mode}
            draft={draft}
            conversation={row.id}
            provider={channel?.provider ?? "meta"}
            canned={canned}
            enterSends={enterSends}
            onEnterSends={setEnterSends}
            onSend={sendText}
            onCanned={pickCanned}
            onAttach={(files) => setAttaching({ files, first: NO_FILE })}
            onTemplate={() => setPicking(true)}
          />
        )}
        {mode === "message" && channel?.stopped && (
          <Text size="xs" c="orange" mt={4}>
            {words.held} · <HeldBy />
          </Text>
        )}
        <Suspense>
          {attaching && (
            <AttachDialog
              attached={attaching}
              workspace={member.workspace}
              channel={row.channel}
              provider={channel?.provider ?? "meta"}
              onClose={() => setAttaching(null)}
              onSend={(content, text, last) => {
                if (last) setAttaching(null);
                const names = labels.of === "file" ? labels.names : [];
                wants(content, text, { labels: names });
              }}
            />
          )}
        </Suspense>
      </div>
    </OtherHolder>
  );
}

/** Returns the window for free answers; it is looked at each second only in its last minutes. */
function useWindow(endsAt: string | null) {
  const soon = endsAt !== null && Date.parse(endsAt) - Date.now() < 180_000;
  const now = useTick(soon ? 1_000 : 20_000);
  return windowOf(endsAt, Math.max(now, Date.now()));
}

/** Returns the saved replies; undefined until they are known. */
function useCanned(workspace: string): Canned[] | undefined {
  return useQuery({ ...repliesQuery(workspace), staleTime: 120_000 }).data?.items;
}
