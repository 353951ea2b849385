import { ActionIcon, Indicator, Menu, Pill } from "@mantine/core";
import { IconAdjustmentsHorizontal, IconCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import { useMember } from "../../../app/me";
import type { View } from "../../../live/view";
import { useTexts } from "../../../texts";
import classes from "./ListHead.module.css";
import { SaveViewDialog, useViews } from "./SavedViews";

type Props = { view: View; change: (part: Partial<View>) => void };

/** Sorting, channel, label and saved views, in one menu. */
export function FilterMenu({ view, change }: Props) {
  const { inbox } = useTexts();
  const member = useMember();
  const { workspace } = member;
  const [opened, setOpened] = useState(false);
  const [saving, setSaving] = useState(false);
  const [wanted, setWanted] = useState(false);
  const path = { workspace };
  const labels = useQuery({
    queryKey: [workspace, "labels"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/workspaces/{workspace}/labels", { params: { path }, signal })),
    enabled: wanted,
  });
  const channels = useQuery({
    queryKey: [workspace, "channels"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/workspaces/{workspace}/channels", { params: { path }, signal })),
    enabled: wanted,
  });
  const views = useViews(wanted);
  const filtered = Boolean(view.label || view.channel || view.sort !== "newest");
  const item = (key: string, words: string, chosen: boolean, part: Partial<View>) => (
    <Menu.Item
      key={key}
      leftSection={<IconCheck size={14} aria-hidden style={{ opacity: chosen ? 1 : 0 }} />}
      aria-current={chosen || undefined}
      onClick={() => change(part)}
    >
      <bdi>{words}</bdi>
    </Menu.Item>
  );
  return (
    <>
      <Menu
        position="bottom-end"
        opened={opened}
        onChange={(next) => {
          setOpened(next);
          if (next) setWanted(true);
        }}
      >
        <Menu.Target>
          <Indicator disabled={!filtered} size={8} offset={4}>
            <ActionIcon variant="default" size={36} aria-label={inbox.filters}>
              <IconAdjustmentsHorizontal size={18} />
            </ActionIcon>
          </Indicator>
        </Menu.Target>
        <Menu.Dropdown className={classes.menu}>
          <Menu.Label>{inbox.sorting}</Menu.Label>
          {item("newest", inbox.newest, view.sort === "newest", { sort: "newest" })}
          {item("waits", inbox.waitsLongest, view.sort === "waits", { sort: "waits", unread: false })}
          {(channels.data?.items.length ?? 0) > 1 && <Menu.Label>{inbox.channel}</Menu.Label>}
          {(channels.data?.items.length ?? 0) > 1 &&
            channels.data?.items.map(({ id }) =>
              item(id, id, view.channel === id, { channel: view.channel === id ? "" : id }),
            )}
          {labels.data?.items.length ? <Menu.Label>{inbox.label}</Menu.Label> : null}
          {labels.data?.items.map((label) =>
            item(label, label, view.label === label, { label: view.label === label ? "" : label }),
          )}
          <Menu.Label>{inbox.savedViews}</Menu.Label>
          {views.data?.items.map((saved) => item(saved.id, saved.name, false, saved.filter))}
          <Menu.Item onClick={() => setSaving(true)}>{inbox.saveView}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {saving && <SaveViewDialog view={view} onClose={() => setSaving(false)} />}
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
