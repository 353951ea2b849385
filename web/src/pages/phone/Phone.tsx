import { ActionIcon, Avatar, Loader } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { type FormEvent, useLayoutEffect, useRef, useState } from "react";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { Bubble, PendingBubble } from "./Bubble";
import classes from "./Phone.module.css";
import type { Persona } from "./persona";
import { useConversation, useTyping, useWriting } from "./usePhone";

type Props = { channel: string; address: string; persona: Persona };

/** The phone of a customer: the conversation with one number of the business. */
export function Phone({ channel, address, persona }: Props) {
  const { workspace, name } = useMember();
  const { phone } = useTexts();
  const { items, ready, error } = useConversation(workspace, channel, persona.number);
  const { pending, send, again } = useWriting(workspace, channel, persona, items);
  const typing = useTyping(items);
  const shown = items.filter((item) => item.kind === "written" || item.kind === "message");
  const read = new Set(
    items.filter((item) => item.kind === "read" || item.kind === "typing").map((i) => i.id),
  );
  const list = useRef<HTMLDivElement>(null);
  const end = `${shown.length} ${pending.length} ${typing}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `end` is what the list has grown by.
  useLayoutEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [end]);
  return (
    <section className={classes.phone} aria-label={phone.chat(persona.name)}>
      <header className={classes.head}>
        <Avatar
          name={name}
          color="parley"
          variant="filled"
          size={36}
          radius="xl"
          aria-hidden
          styles={{ placeholder: { color: "#fff" } }}
        />
        <div>
          <strong>{name}</strong>
          <span>{typing ? phone.typing : address}</span>
        </div>
      </header>
      <div
        className={classes.messages}
        ref={list}
        role="log"
        aria-label={phone.chat(persona.name)}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        tabIndex={0}
      >
        {!ready && !error && <Loader size="sm" m="auto" />}
        {error && <p className={classes.hint}>{phone.lost}</p>}
        {ready && shown.length + pending.length === 0 && <Start onSend={(text) => send({ text })} />}
        {shown.map((item, at) => (
          <Bubble
            key={item.seq}
            item={item}
            read={read.has(item.id)}
            last={at === shown.length - 1}
            onChoose={(option) => send({ text: "", option })}
          />
        ))}
        {pending.map((one) => (
          <PendingBubble key={one.key} pending={one} onAgain={() => again(one)} />
        ))}
        {typing && (
          <div className={classes.typing} role="status" aria-label={phone.typing}>
            <i />
            <i />
            <i />
          </div>
        )}
      </div>
      <Composer onSend={(text) => send({ text })} />
    </section>
  );
}

function Start({ onSend }: { onSend: (text: string) => void }) {
  const { phone } = useTexts();
  return (
    <div className={classes.start}>
      <p className={classes.hint}>{phone.empty}</p>
      {phone.try.map((text) => (
        <button key={text} type="button" className={classes.suggestion} onClick={() => onSend(text)}>
          {text}
        </button>
      ))}
    </div>
  );
}

function Composer({ onSend }: { onSend: (text: string) => void }) {
  const { phone } = useTexts();
  const [text, setText] = useState("");
  function submit(event: FormEvent) {
    event.preventDefault();
    if (!text.trim()) return;
    onSend(text.trim());
    setText("");
  }
  return (
    <form className={classes.composer} onSubmit={submit}>
      <input
        aria-label={phone.write}
        placeholder={phone.write}
        value={text}
        maxLength={4096}
        autoComplete="off"
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <ActionIcon type="submit" size={42} radius="xl" aria-label={phone.send} disabled={!text.trim()}>
        <IconSend size={19} aria-hidden />
      </ActionIcon>
    </form>
  );
}
