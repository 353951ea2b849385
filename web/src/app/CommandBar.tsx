import "@mantine/spotlight/styles.css";
import { createSpotlight, Spotlight, useSpotlight } from "@mantine/spotlight";
import { IconSearch, IconUser } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { conversationOf, useLatest, useSearchResults } from "../pages/inbox/list/useSearch";
import { FOLDERS } from "../pages/inbox/routes";
import { sameFilters } from "../pages/inbox/sameFilters";
import { useTexts } from "../texts";
import { useEscape } from "../ui/dialogs/useEscape";
import { useMember } from "./me";
import { shownTo } from "./navigation";
import { readRecent } from "./recent";

const [store, commandBar] = createSpotlight();

export { commandBar };

type Command = { id: string; label: string; hint?: string; act: () => void };

/** Ctrl K: pages, folders, recent conversations and customers, by typing a few letters. */
export function CommandBar({ help }: { help: () => void }) {
  const { commands, frame, inbox } = useTexts();
  useEscape(useSpotlight(store).opened, commandBar.close);
  const member = useMember();
  const { workspace } = member;
  const navigate = useNavigate();
  const [query, setQuery] = useState("");
  const found = useSearchResults(query.trim().length >= 3 ? query : "", "customers,orders");
  const go = (path: string, search: object = {}) =>
    void navigate({ to: `/w/${workspace}/${path}` as string, search });
  const openConversation = (id: string) =>
    void navigate({ to: `/w/${workspace}/inbox/${id}` as string, search: sameFilters as never });
  const latest = useLatest();
  const openCustomer = (id: string) =>
    latest(
      (signal) => conversationOf(workspace, id, signal).catch(() => null),
      (conversation) => (conversation ? openConversation(conversation) : go(`customers/${id}`)),
    );
  const pages = shownTo(member).map((item) => ({
    id: `page ${item.path}`,
    label: frame[item.key],
    act: () => go(item.path),
  }));
  const folders = FOLDERS.map((folder) => ({
    id: `folder ${folder}`,
    label: inbox[folder],
    hint: inbox.title,
    act: () => go("inbox", { folder }),
  }));
  const recent = readRecent(workspace, member.me.id).map((one) => ({
    id: `recent ${one.id}`,
    label: one.name,
    act: () => openConversation(one.id),
  }));
  const actions = [
    { id: "account", label: frame.account, act: () => void navigate({ to: "/account" }) },
    { id: "help", label: commands.shortcuts, act: help },
  ];
  const customers = (query.trim().length >= 3 && found.data?.customers) || [];
  const hits = customers.slice(0, 6).map((one) => ({
    id: `customer ${one.id}`,
    label: one.name || one.number || one.username,
    hint: one.name ? one.number : "",
    act: () => void openCustomer(one.id),
  }));
  const groups: [string, Command[]][] = [
    [commands.found, hits],
    [commands.recent, matching(recent, query)],
    [commands.pages, matching(pages, query)],
    [inbox.folders, matching(folders, query)],
    [commands.actions, matching(actions, query)],
  ];
  const shown = groups.filter(([, list]) => list.length > 0);
  return (
    <Spotlight.Root
      store={store}
      query={query}
      onQueryChange={setQuery}
      shortcut={null}
      closeOnEscape={false}
      scrollable
      maxHeight={420}
    >
      <Spotlight.Search
        placeholder={commands.commandHint}
        aria-label={commands.commandBar}
        leftSection={<IconSearch size={18} aria-hidden />}
      />
      <Spotlight.ActionsList>
        {shown.map(([label, list]) => (
          <Spotlight.ActionsGroup key={label} label={label}>
            {list.map((one) => (
              <Spotlight.Action
                key={one.id}
                label={one.label}
                {...(one.hint ? { description: one.hint } : {})}
                leftSection={one.id.startsWith("customer") ? <IconUser size={18} aria-hidden /> : undefined}
                onClick={one.act}
              />
            ))}
          </Spotlight.ActionsGroup>
        ))}
        {shown.length === 0 && <Spotlight.Empty>{inbox.nothingFound}</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

/** Returns the commands whose words begin with what was typed, in any order. */
export function matching<T extends { label: string }>(list: readonly T[], query: string): T[] {
  const wanted = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return list.filter(({ label }) => {
    const words = label.toLocaleLowerCase().split(/\s+/);
    return wanted.every((part) => words.some((word) => word.startsWith(part)));
  });
}
