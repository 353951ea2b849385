import {
  IconBook2,
  IconChartBar,
  IconGitBranch,
  IconGitCompare,
  IconHome2,
  IconInbox,
  IconReceipt2,
  IconSettings,
  IconSpeakerphone,
  IconUsers,
} from "@tabler/icons-react";
import type { ComponentType } from "react";
import type { Texts } from "../texts";
import { type Member, type Right, seesAll } from "./me";

type Icon = ComponentType<{ size?: number; stroke?: number }>;
/** ofAll: shows all conversations, so only to those who see all. */
export type NavigationItem = {
  key: keyof Texts["frame"] & string;
  path: string;
  icon: Icon;
  right: Right;
  ofAll?: boolean;
};

/** The rail of the workspace, in its order. */
const NAVIGATION: readonly NavigationItem[] = [
  { key: "dashboard", path: "dashboard", icon: IconHome2, right: "conversations_read" },
  { key: "inbox", path: "inbox", icon: IconInbox, right: "conversations_read" },
  { key: "customers", path: "customers", icon: IconUsers, right: "customers_read" },
  { key: "orders", path: "orders", icon: IconReceipt2, right: "orders_read" },
  { key: "broadcasts", path: "broadcasts", icon: IconSpeakerphone, right: "broadcasts_read" },
  { key: "flows", path: "flows", icon: IconGitBranch, right: "flows_read" },
  { key: "faq", path: "faq", icon: IconBook2, right: "content_read" },
  { key: "analytics", path: "analytics", icon: IconChartBar, right: "analytics_read" },
  { key: "replays", path: "replays", icon: IconGitCompare, right: "replays_read", ofAll: true },
  { key: "settings", path: "settings", icon: IconSettings, right: "settings_read" },
];

/** Returns the items that a member may open. */
export const shownTo = (member: Member): NavigationItem[] =>
  NAVIGATION.filter((item) => member.can(item.right) && (!item.ofAll || seesAll(member)));
