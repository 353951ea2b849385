import { ActionIcon, Button, Kbd, TextInput, UnstyledButton } from "@mantine/core";
import { IconInbox, IconSearch, IconX } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { useShortcuts } from "../../../app/shortcuts";
import type { View } from "../../../live/view";
import { useTexts } from "../../../texts";
import { EmptyState } from "../../../ui/EmptyState";
import { ConversationList } from "./ConversationList";
import { FolderTabs } from "./FolderTabs";
import { ActiveFilters, FilterMenu } from "./ListFilters";
import classes from "./ListHead.module.css";
import { NothingYet } from "./NothingYet";
import { SearchResults } from "./SearchResults";

/** onEmpty: hears whether the list has nothing to open. */
type Props = { view: View; active: string | undefined; onEmpty: (empty: boolean) => void };

/** The left pane of the inbox: folders, search, filters and the list. The filters are in the address. */
export function ListPane({ view, active, onEmpty }: Props) {
  const { inbox } = useTexts();
  const navigate = useNavigate();
  const field = useRef<HTMLInputElement>(null);
  const [typed, setText] = useState("");
  useShortcuts({ "/": () => field.current?.focus() });
  const change = (part: Partial<View>) => {
    const { folder, label, channel, sort, unread } = { ...view, ...part };
    const search = {
      folder,
      ...(label ? { label } : {}),
      ...(channel ? { channel } : {}),
      ...(sort === "waits" && !unread ? { sort } : {}),
      ...(unread ? { unread } : {}),
    };
    void navigate({ to: ".", search });
  };
  const filtered = Boolean(view.label || view.channel || view.sort === "waits");
  const clear = filtered && (
    <Button variant="default" size="xs" onClick={() => change({ label: "", channel: "", sort: "newest" })}>
      {inbox.clearFilters}
    </Button>
  );
  const [title, text] = view.unread
    ? [inbox.emptyUnread, inbox.emptyUnreadText]
    : filtered
      ? [inbox.emptyFiltered, inbox.emptyFilteredText]
      : [inbox.emptyTitles[view.folder], inbox.emptyTexts[view.folder]];
  return (
    <>
      <FolderTabs {...view} choose={(folder) => change({ folder })} />
      <div className={classes.bar}>
        <TextInput
          ref={field}
          className={classes.search}
          type="search"
          size="sm"
          aria-label={inbox.search}
          placeholder={inbox.search}
          value={typed}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            setText("");
            field.current?.blur();
          }}
          leftSection={<IconSearch size={16} aria-hidden />}
          rightSection={
            typed ? (
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={inbox.endSearch}
                onClick={() => setText("")}
              >
                <IconX size={16} />
              </ActionIcon>
            ) : (
              <Kbd size="xs" aria-hidden>
                /
              </Kbd>
            )
          }
        />
        <UnstyledButton
          title={inbox.onlyUnreadText}
          className={classes.unread}
          aria-pressed={view.unread ?? false}
          onClick={() => change({ unread: !view.unread })}
        >
          {inbox.onlyUnread}
        </UnstyledButton>
        <FilterMenu view={view} change={change} />
      </div>
      <ActiveFilters view={view} change={change} />
      {typed.trim() ? (
        <SearchResults text={typed} onOpen={() => setText("")} />
      ) : (
        <ConversationList
          key={`${view.folder} ${view.label} ${view.channel} ${view.sort} ${view.unread}`}
          view={view}
          active={active}
          onEmpty={onEmpty}
          empty={
            <EmptyState
              icon={<IconInbox size={32} stroke={1.4} aria-hidden />}
              title={title}
              text={text}
              action={clear || (view.folder === "all" && !view.unread && <NothingYet />) || undefined}
            />
          }
        />
      )}
    </>
  );
}
