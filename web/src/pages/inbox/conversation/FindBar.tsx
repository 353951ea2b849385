import { ActionIcon, Loader, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconChevronDown, IconChevronUp, IconSearch, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { answer, api } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { isComposing } from "../../../ui/composing";
import { words } from "../../../ui/ErrorState";
import { useFocusBack } from "../../../ui/useFocusBack";
import classes from "./Conversation.module.css";

const MOST = 100;
const SHORTEST = 2;

type Props = {
  conversation: string;
  onGo: (position: string) => void;
  onWords: (words: string) => void;
  onClose: () => void;
};

/** Looks for words in the conversation that is open: the newest message with them first, then back in time. */
export function FindBar({ conversation, onGo, onWords, onClose }: Props) {
  const texts = useTexts();
  const { find } = texts;
  const { workspace } = useMember();
  const [text, setText] = useState("");
  const own = useRef<HTMLElement>(null);
  useFocusBack(own);
  const [wanted] = useDebouncedValue(text.trim(), 250);
  const [place, setPlace] = useState(0); // from the newest one on
  const asked = wanted.length >= SHORTEST;
  const query = useQuery({
    queryKey: [workspace, "found", conversation, wanted],
    enabled: asked,
    staleTime: 0,
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/conversations/{conversation}/messages", {
          params: { path: { workspace, conversation }, query: { q: wanted, limit: MOST } },
          signal,
        }),
      ),
  });
  const found = asked ? query.data : undefined;
  const entries = found?.entries ?? [];
  useEffect(() => {
    onWords(asked ? wanted : "");
    setPlace(0);
  }, [asked, wanted, onWords]);
  useEffect(() => () => onWords(""), [onWords]);
  const position = entries[entries.length - 1 - place]?.position;
  // biome-ignore lint/correctness/useExhaustiveDependencies: goes there once for each place, whatever else changes
  useEffect(() => {
    if (position) onGo(position);
  }, [position]);
  const move = (step: number) =>
    entries.length > 0 && setPlace((now) => (now + step + entries.length) % entries.length);

  return (
    <search ref={own} className={classes.find}>
      <TextInput
        flex={1}
        miw={0}
        size="xs"
        type="search"
        data-autofocus
        autoFocus
        aria-label={find.label}
        placeholder={find.label}
        value={text}
        leftSection={query.isFetching ? <Loader size={12} /> : <IconSearch size={14} aria-hidden />}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (isComposing(event.nativeEvent)) return;
          if (event.key === "Escape") onClose();
          else if (event.key === "Enter") move(event.shiftKey ? -1 : 1);
          else return;
          event.preventDefault();
        }}
      />
      <Text size="xs" c={query.isError ? "red" : "dimmed"} role="status" className={classes.findCount}>
        {status()}
      </Text>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={find.older}
        disabled={entries.length < 2}
        onClick={() => move(1)}
      >
        <IconChevronUp size={18} />
      </ActionIcon>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={find.newer}
        disabled={entries.length < 2}
        onClick={() => move(-1)}
      >
        <IconChevronDown size={18} />
      </ActionIcon>
      <ActionIcon variant="subtle" color="gray" aria-label={find.close} onClick={onClose}>
        <IconX size={18} />
      </ActionIcon>
    </search>
  );

  function status(): string {
    if (!asked) return "";
    if (query.isError) return words(query.error, texts);
    if (!found) return "";
    const all = found.all_compared ? "" : ` · ${find.compared(found.compared ?? 0)}`;
    if (entries.length === 0) return find.nothing + all;
    return find.place(entries.length - place, entries.length) + all;
  }
}
