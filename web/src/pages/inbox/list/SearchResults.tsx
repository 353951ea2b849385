import { Text, UnstyledButton } from "@mantine/core";
import { IconMessage, IconReceipt2 } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, Suspense } from "react";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { EmptyState } from "../../../ui/EmptyState";
import { ErrorState, words } from "../../../ui/ErrorState";
import { PersonAvatar } from "../../../ui/PersonAvatar";
import { RowSkeletons } from "./RowSkeletons";
import classes from "./SearchResults.module.css";
import { conversationOf, useLatest, useSearchResults } from "./useSearch";

/** The results of a search, in the place of the list. */
export function SearchResults({ text, onOpen }: { text: string; onOpen: () => void }) {
  const texts = useTexts();
  const { inbox } = texts;
  const { workspace } = useMember();
  const format = useFormat();
  const navigate = useNavigate();
  const { data, error, isError, isWaiting, refetch } = useSearchResults(text);
  const openConversation = async (id: string) => {
    await navigate({ to: `/w/${workspace}/inbox/${id}` as string, search: (before: object) => before });
    onOpen();
  };
  const latest = useLatest();
  const openCustomer = useMutation({
    mutationFn: (customer: string) =>
      latest(
        (signal) => conversationOf(workspace, customer, signal),
        (conversation) =>
          conversation
            ? openConversation(conversation)
            : navigate({ to: `/w/${workspace}/customers/${customer}` as string }),
      ),
  });
  if (isError && !data)
    return (
      <div className={classes.state}>
        <ErrorState error={error} onRetry={() => refetch()} />
      </div>
    );
  if (!data || (isWaiting && !data.customers.length)) return <RowSkeletons height={60} />;
  const nothing = !data.customers.length && !data.orders.length && !data.messages.length;
  return (
    <div className={classes.results} aria-busy={isWaiting}>
      {openCustomer.isError && (
        <Text size="sm" c="red" role="alert" p="xs">
          {words(openCustomer.error, texts)}
        </Text>
      )}
      {data.customers.map((one) => {
        const name = one.name || one.number || one.username;
        return (
          <Result
            key={one.id}
            icon={<PersonAvatar name={name} size={34} />}
            title={name}
            text={one.name ? one.number || one.username : ""}
            open={() => openCustomer.mutate(one.id)}
          />
        );
      })}
      {data.orders.map((one) => (
        <Result
          key={one.number}
          icon={<IconReceipt2 size={20} stroke={1.7} aria-hidden />}
          title={inbox.order(one.number)}
          text={
            <>
              <Suspense fallback={one.state}>
                <OrderState state={one.state} />
              </Suspense>
              {` · ${format.money(one.total, one.currency)}`}
            </>
          }
          open={() => openConversation(one.conversation_id)}
        />
      ))}
      {data.messages.map((one) => (
        <Result
          key={one.entry.id}
          icon={<IconMessage size={20} stroke={1.7} aria-hidden />}
          title={one.entry.text || one.entry.id}
          text={format.dateTime(one.entry.at)}
          open={() => openConversation(one.conversation_id)}
        />
      ))}
      {nothing && !isWaiting && (
        <EmptyState title={inbox.nothingFound} text={data.too_short ? inbox.tooShort : inbox.searchHint} />
      )}
      <Text size="xs" c="dimmed" className={classes.searched} role="status">
        {!data.all_compared && `${texts.common.searchCut} `}
        {data.searched.length > 0 &&
          inbox.searched(data.searched.map((one) => inbox.searchedParts[one] ?? one).join(", "))}
      </Text>
    </div>
  );
}

/** The state of an order in words, which come with the texts of orders. */
function OrderState({ state }: { state: string }) {
  const { orders } = useTexts();
  return orders.states[state as "placed"] ?? state;
}

type ResultProps = { icon: ReactNode; title: string; text: ReactNode; open: () => void };

function Result({ icon, title, text, open }: ResultProps) {
  return (
    <UnstyledButton className={classes.result} onClick={open}>
      <span className={classes.icon}>{icon}</span>
      <span className={classes.words}>
        <bdi className={classes.title}>{title}</bdi>
        {text && <bdi className={classes.text}>{text}</bdi>}
      </span>
    </UnstyledButton>
  );
}
