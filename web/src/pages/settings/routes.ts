import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";

export const settingsRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: "settings",
  component: lazyRouteComponent(() => import("./SettingsFrame"), "SettingsFrame"),
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
    component: lazyRouteComponent(() => import("./sections/SectionPages"), component),
  });

export const channelsRoute = createRoute({
  getParentRoute: parent,
  path: "channels",
  component: lazyRouteComponent(() => import("./channels/ChannelsPage"), "ChannelsPage"),
});
export const channelRoute = createRoute({
  getParentRoute: parent,
  path: "channels/$channel",
  component: lazyRouteComponent(() => import("./channels/ChannelPage"), "ChannelPage"),
});
const addChannelRoute = createRoute({
  getParentRoute: parent,
  path: "channels/add",
  component: lazyRouteComponent(() => import("./channels/AddChannelPage"), "AddChannelPage"),
});
const hoursRoute = createRoute({
  getParentRoute: parent,
  path: "hours",
  component: lazyRouteComponent(() => import("./hours/HoursPage"), "HoursPage"),
});
const peopleRoute = createRoute({
  getParentRoute: parent,
  path: "people",
  component: lazyRouteComponent(() => import("./people/PeoplePage"), "PeoplePage"),
});
const keysRoute = createRoute({
  getParentRoute: parent,
  path: "keys",
  component: lazyRouteComponent(() => import("./keys/KeysPage"), "KeysPage"),
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
  component: lazyRouteComponent(() => import("./audit/AuditPage"), "AuditPage"),
});
const webhooksRoute = createRoute({
  getParentRoute: parent,
  path: "webhooks",
  component: lazyRouteComponent(() => import("./webhooks/WebhooksPage"), "WebhooksPage"),
});
const webhookRoute = createRoute({
  getParentRoute: parent,
  path: "webhooks/$webhook",
  validateSearch: (search): { outcome?: string } => ({ outcome: text(search.outcome) }),
  component: lazyRouteComponent(() => import("./webhooks/WebhookPage"), "WebhookPage"),
});
const lettersRoute = createRoute({
  getParentRoute: parent,
  path: "letters",
  validateSearch: (search): { reason?: string } => ({ reason: text(search.reason) }),
  component: lazyRouteComponent(() => import("./letters/LettersPage"), "LettersPage"),
});
const statusRoute = createRoute({
  getParentRoute: parent,
  path: "status",
  component: lazyRouteComponent(() => import("./status/StatusPage"), "StatusPage"),
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
    keysRoute,
    auditRoute,
    webhooksRoute,
    webhookRoute,
    lettersRoute,
    statusRoute,
  ]),
] as const;
