import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";
import { withTexts } from "../../texts";

export const FOLDERS = ["mine", "unassigned", "waiting", "people", "bot", "closed", "all"] as const;
export type Folder = (typeof FOLDERS)[number];
export type InboxSearch = {
  folder?: Folder;
  label?: string;
  channel?: string;
  sort?: "newest" | "waits";
  unread?: true;
};

export const inboxRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: "inbox",
  validateSearch: (search): InboxSearch => ({
    ...(FOLDERS.includes(search.folder as Folder) ? { folder: search.folder as Folder } : {}),
    ...(typeof search.label === "string" ? { label: search.label } : {}),
    ...(typeof search.channel === "string" ? { channel: search.channel } : {}),
    ...(search.sort === "waits" ? { sort: "waits" } : {}),
    ...(search.unread === true ? { unread: true } : {}),
  }),
  component: lazyRouteComponent(() => import("./InboxPage"), "InboxPage"),
});

export const conversationRoute = createRoute({
  getParentRoute: () => inboxRoute,
  path: "$conversation",
  component: lazyRouteComponent(
    withTexts(() => import("./ConversationPane"), "composer", "conversation", "panel"),
    "ConversationPane",
  ),
});

export const inboxRoutes = [inboxRoute.addChildren([conversationRoute])] as const;
