import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";
import { withTexts } from "../../texts";

export const settingsRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: "settings",
  component: lazyRouteComponent(
    withTexts(() => import("./SettingsFrame"), "settingFields", "settings"),
    "SettingsFrame",
  ),
});

const parent = () => settingsRoute;
const text = (value: unknown) => (typeof value === "string" && value ? value : undefined);

const indexRoute = createRoute({
  getParentRoute: parent,
  path: "/",
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/w/$workspace/settings/channels", params });
  },
});

const FORMS = {
  bot: "BotPage",
  models: "ModelsPage",
  conversing: "ConversingPage",
  languages: "LanguagesPage",
  profile: "ProfilePage",
  limits: "LimitsPage",
} as const;
const form = ([page, component]: [string, (typeof FORMS)[keyof typeof FORMS]]) =>
  createRoute({
    getParentRoute: parent,
    path: page,
    component: lazyRouteComponent(
      withTexts(
        () => import("./sections/SectionPages"),
        "forms",
        "settingFields",
        "settingGroups",
        "settingOptions",
        "settings",
      ),
      component,
    ),
  });

export const channelsRoute = createRoute({
  getParentRoute: parent,
  path: "channels",
  component: lazyRouteComponent(
    withTexts(() => import("./channels/ChannelsPage"), "channels", "settings"),
    "ChannelsPage",
  ),
});
export const channelRoute = createRoute({
  getParentRoute: parent,
  path: "channels/$channel",
  component: lazyRouteComponent(
    withTexts(() => import("./channels/ChannelPage"), "channelFields", "channels", "edits", "settings"),
    "ChannelPage",
  ),
});
const addChannelRoute = createRoute({
  getParentRoute: parent,
  path: "channels/add",
  component: lazyRouteComponent(
    withTexts(() => import("./channels/AddChannelPage"), "channelFields", "channels"),
    "AddChannelPage",
  ),
});
const hoursRoute = createRoute({
  getParentRoute: parent,
  path: "hours",
  component: lazyRouteComponent(
    withTexts(() => import("./hours/HoursPage"), "forms", "settingFields", "settingHours", "settings"),
    "HoursPage",
  ),
});
const repliesRoute = createRoute({
  getParentRoute: parent,
  path: "replies",
  component: lazyRouteComponent(
    withTexts(() => import("./replies/RepliesPage"), "edits", "replies", "settings"),
    "RepliesPage",
  ),
});
const peopleRoute = createRoute({
  getParentRoute: parent,
  path: "people",
  component: lazyRouteComponent(
    withTexts(() => import("./people/PeoplePage"), "channels", "forms", "people", "settings"),
    "PeoplePage",
  ),
});
const keysRoute = createRoute({
  getParentRoute: parent,
  path: "keys",
  component: lazyRouteComponent(
    withTexts(() => import("./keys/KeysPage"), "keys", "settings"),
    "KeysPage",
  ),
});
export type AuditSearch = { action?: string; by?: string; target?: string; since?: string; until?: string };
const auditRoute = createRoute({
  getParentRoute: parent,
  path: "audit",
  validateSearch: (search): AuditSearch => ({
    action: text(search.action),
    by: text(search.by),
    target: text(search.target),
    since: text(search.since),
    until: text(search.until),
  }),
  component: lazyRouteComponent(
    withTexts(() => import("./audit/AuditPage"), "audit", "forms", "settings"),
    "AuditPage",
  ),
});
const webhooksRoute = createRoute({
  getParentRoute: parent,
  path: "webhooks",
  component: lazyRouteComponent(
    withTexts(() => import("./webhooks/WebhooksPage"), "channels", "edits", "settings", "webhooks"),
    "WebhooksPage",
  ),
});
const webhookRoute = createRoute({
  getParentRoute: parent,
  path: "webhooks/$webhook",
  validateSearch: (search): { outcome?: string } => ({ outcome: text(search.outcome) }),
  component: lazyRouteComponent(
    withTexts(() => import("./webhooks/WebhookPage"), "edits", "webhooks"),
    "WebhookPage",
  ),
});
const lettersRoute = createRoute({
  getParentRoute: parent,
  path: "letters",
  validateSearch: (search): { reason?: string } => ({ reason: text(search.reason) }),
  component: lazyRouteComponent(
    withTexts(() => import("./letters/LettersPage"), "letters", "settings", "why"),
    "LettersPage",
  ),
});
const statusRoute = createRoute({
  getParentRoute: parent,
  path: "status",
  component: lazyRouteComponent(
    withTexts(() => import("./status/StatusPage"), "channels", "settings", "systemStatus"),
    "StatusPage",
  ),
});

export const settingsRoutes = [
  settingsRoute.addChildren([
    indexRoute,
    ...Object.entries(FORMS).map(form),
    channelsRoute,
    addChannelRoute,
    channelRoute,
    hoursRoute,
    peopleRoute,
    repliesRoute,
    keysRoute,
    auditRoute,
    webhooksRoute,
    webhookRoute,
    lettersRoute,
    statusRoute,
  ]),
] as const;
