import { ActionIcon, Indicator, Pill } from "@mantine/core";
import { IconAdjustmentsHorizontal, IconCheck } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { useMember } from "../../../app/me";
import type { View } from "../../../live/view";
import { useTexts } from "../../../texts";
import { LateMenu, type MenuEntry } from "../../../ui/LateMenu";
import { late } from "../../../ui/late";
import { channelsQuery } from "../../settings/channels/queries";
import { labelsQuery } from "../labels";
import classes from "./ListHead.module.css";
import { useViews } from "./useViews";

const SaveViewDialog = late(async () => (await import("./SavedViews")).SaveViewDialog);

type Props = { view: View; change: (part: Partial<View>) => void };

/** Sorting, channel, label, saved views, and fetching all that is shown anew, in one menu. */
export function FilterMenu({ view, change }: Props) {
  const { inbox } = useTexts();
  const member = useMember();
  const { workspace } = member;
  const client = useQueryClient();
  const [saving, setSaving] = useState(false);
  const [wanted, setWanted] = useState(false);
  const labels = useQuery({ ...labelsQuery(workspace), enabled: wanted });
  const channels = useQuery({ ...channelsQuery(workspace), enabled: wanted, refetchInterval: false });
  const views = useViews(wanted);
  const filtered = Boolean(view.label || view.channel || view.sort !== "newest");
  const item = (key: string, words: string, chosen: boolean, part: Partial<View>): MenuEntry => ({
    key,
    label: <bdi>{words}</bdi>,
    icon: <IconCheck size={14} aria-hidden style={{ opacity: chosen ? 1 : 0 }} />,
    current: chosen,
    act: () => change(part),
  });
  const many = (channels.data?.items ?? []).length > 1 ? (channels.data?.items ?? []) : [];
  const group = (heading: string, items: MenuEntry[]) =>
    items.length > 0 ? [{ key: `heading ${heading}`, heading }, ...items] : [];
  const items: MenuEntry[] = [
    ...group(inbox.sorting, [
      item("newest", inbox.newest, view.sort === "newest", { sort: "newest" }),
      item("waits", inbox.waitsLongest, view.sort === "waits", { sort: "waits", unread: false }),
    ]),
    ...group(
      inbox.channel,
      many.map(({ id }) =>
        item(`channel ${id}`, id, view.channel === id, { channel: view.channel === id ? "" : id }),
      ),
    ),
    ...group(
      inbox.label,
      (labels.data?.items ?? []).map((label) =>
        item(`label ${label}`, label, view.label === label, { label: view.label === label ? "" : label }),
      ),
    ),
    ...group(inbox.savedViews, [
      ...(views.data?.items ?? []).map((saved) => item(saved.id, saved.name, false, saved.filter)),
      { key: "save", label: inbox.saveView, act: () => setSaving(true) },
    ]),
    { key: "line", line: true },
    {
      key: "refresh",
      label: inbox.refresh,
      act: () => void client.invalidateQueries({ queryKey: [workspace] }),
    },
  ];
  return (
    <>
      <Indicator disabled={!filtered} size={8} offset={4}>
        <LateMenu
          position="bottom-end"
          className={classes.menu}
          items={items}
          onOpen={() => setWanted(true)}
          button={
            <ActionIcon variant="default" size={36} aria-label={inbox.filters}>
              <IconAdjustmentsHorizontal size={18} />
            </ActionIcon>
          }
        />
      </Indicator>
      <Suspense>{saving && <SaveViewDialog view={view} onClose={() => setSaving(false)} />}</Suspense>
    </>
  );
}

/** The filters that are on, each to be taken away. */
export function ActiveFilters({ view, change }: Props) {
  const { inbox } = useTexts();
  if (!view.label && !view.channel && view.sort === "newest") return null;
  const pill = (words: string, part: Partial<View>) => (
    <Pill
      withRemoveButton
      onRemove={() => change(part)}
      removeButtonProps={{ "aria-label": inbox.removeFilter(words), "aria-hidden": false, tabIndex: 0 }}
    >
      <bdi>{words}</bdi>
    </Pill>
  );
  return (
    <div className={classes.active}>
      {view.sort === "waits" && pill(inbox.waitsLongest, { sort: "newest" })}
      {view.channel && pill(view.channel, { channel: "" })}
      {view.label && pill(view.label, { label: "" })}
    </div>
  );
}
