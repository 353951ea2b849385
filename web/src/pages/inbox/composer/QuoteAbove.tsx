import { CloseButton, Text, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { answer, api } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { useFocusBack } from "../../../ui/useFocusBack";
import { useAuthorWords } from "../conversation/Bubble";
import bubble from "../conversation/Bubble.module.css";
import type { Entry } from "../conversation/timeline";
import classes from "./Composer.module.css";

const SHOWN = 200;

type Quote = NonNullable<Entry["quote"]>;
type Props = { quote: Quote; onShow: () => void; onEnd: () => void };

/** The message that the text replies to. */
export function QuoteAbove({ quote, onShow, onEnd }: Props) {
  const { composer: t } = useTexts();
  const words = useAuthorWords();
  const own = useRef<HTMLDivElement>(null);
  useFocusBack(own);
  return (
    <div ref={own} className={classes.quoting} data-quoting={quote.id}>
      <UnstyledButton className={bubble.quote} onClick={onShow}>
        <Text size="xs" fw={600}>
          {t.replying(words({ author: quote.author }))}
        </Text>
        <span className={bubble.quoteText} dir="auto">
          {quote.text}
        </span>
      </UnstyledButton>
      <CloseButton aria-label={t.noReply} onClick={onEnd} />
    </div>
  );
}

/** Returns the message with an id as a quote; it is fetched if it is not among those that are shown. */
export function useQuote(entries: readonly Entry[], id: string): Quote | null {
  const { workspace } = useMember();
  const known = id ? entries.find((one) => one.id === id) : undefined;
  const fetched = useQuery({
    queryKey: [workspace, "message", id],
    enabled: id !== "" && !known,
    staleTime: 300_000,
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/messages/{message}", {
          params: { path: { workspace, message: id } },
          signal,
        }),
      ),
  });
  const entry = id ? (known ?? fetched.data?.entry) : undefined;
  return entry
    ? { id: entry.id, author: entry.author ?? "", text: (entry.text ?? "").slice(0, SHOWN) }
    : null;
}
