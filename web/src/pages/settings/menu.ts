import {
  IconBolt,
  IconBrain,
  IconBuildingStore,
  IconClock,
  IconDeviceMobile,
  IconGauge,
  IconHeartbeat,
  IconHistory,
  IconKey,
  IconLanguage,
  IconMailX,
  IconMessages,
  IconRobot,
  IconUsers,
  IconWebhook,
} from "@tabler/icons-react";
import type { ComponentType } from "react";
import { type Member, type Right, seesAll } from "../../app/me";
import type { Texts } from "../../texts";

export type SettingsPage = keyof Texts["settings"]["pages"] & string;
type Icon = ComponentType<{ size?: number; stroke?: number }>;
type Item = { page: SettingsPage; icon: Icon; right: Right };
type Group = { key: keyof Texts["settings"]["groups"] & string; items: readonly Item[] };

/** The pages of the settings, in the order of their list. */
export const MENU: readonly Group[] = [
  {
    key: "numbers",
    items: [
      { page: "channels", icon: IconDeviceMobile, right: "channels_read" },
      { page: "bot", icon: IconRobot, right: "settings_read" },
      { page: "models", icon: IconBrain, right: "settings_read" },
      { page: "hours", icon: IconClock, right: "settings_read" },
      { page: "conversing", icon: IconMessages, right: "settings_read" },
      { page: "languages", icon: IconLanguage, right: "settings_read" },
    ],
  },
  {
    key: "workspace",
    items: [
      { page: "profile", icon: IconBuildingStore, right: "settings_read" },
      { page: "replies", icon: IconBolt, right: "content_read" },
      { page: "limits", icon: IconGauge, right: "settings_read" },
      { page: "people", icon: IconUsers, right: "members_read" },
      { page: "audit", icon: IconHistory, right: "audit_read" },
    ],
  },
  {
    key: "systems",
    items: [
      { page: "webhooks", icon: IconWebhook, right: "webhooks_read" },
      { page: "keys", icon: IconKey, right: "keys_read" },
      { page: "letters", icon: IconMailX, right: "letters_read" },
      { page: "status", icon: IconHeartbeat, right: "status_read" },
    ],
  },
];

/** Says whether a page is among the settings, but not for this member. */
export function isClosed(page: string, member: Member): boolean {
  const has = (groups: readonly Group[]) =>
    groups.some(({ items }) => items.some((item) => item.page === page));
  return has(MENU) && !has(menuOf(member));
}

/** Returns the groups with the pages that a member may open. */
export function menuOf(member: Member): readonly Group[] {
  const shown = (item: Item) => member.can(item.right) && (seesAll(member) || item.page !== "audit");
  return MENU.map((group) => ({ ...group, items: group.items.filter(shown) })).filter(
    (group) => group.items.length > 0,
  );
}
