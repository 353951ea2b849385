import { notifications } from "@mantine/notifications";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useMember } from "../../app/me";
import { useMineWaiting } from "../../app/useMineWaiting";
import { sameFilters } from "../../pages/inbox/sameFilters";
import { useTexts } from "../../texts";
import type { Row } from "../frames";
import { useLive } from "../LiveProvider";
import { isWanted } from "./rules";
import { playForOtherTabs, playInSomeTab } from "./sound";
import { useNotificationRules } from "./useNotificationRules";

const PAUSE = 3_000; // between two sounds
const OLD = 120_000; // messages that are older were missed while nobody was connected

/** Notifies of customers' messages: once per browser, by the tab that leads. Shows nothing itself. */
export function Notifier() {
  const { notify, inbox } = useTexts();
  const { me, workspace } = useMember();
  const { conversation } = useParams({ strict: false }) as { conversation?: string };
  const { listen, leads, connection } = useLive();
  const navigate = useNavigate();
  const rules = useNotificationRules().data;
  const written = useRef(new Map<string, number>());
  const played = useRef(0);
  const blocked = useRef(false);
  useTitleBadge(useMineWaiting());
  useEffect(playForOtherTabs, []);
  useEffect(() => {
    const tell = () => connection.look(isLookedAt() ? (conversation ?? "") : "");
    tell();
    window.addEventListener("focus", tell);
    window.addEventListener("blur", tell);
    document.addEventListener("visibilitychange", tell);
    return () => {
      window.removeEventListener("focus", tell);
      window.removeEventListener("blur", tell);
      document.removeEventListener("visibilitychange", tell);
      connection.look("");
    };
  }, [connection, conversation]);
  useEffect(() => {
    if (!leads || !rules) return;
    return listen((frame) => {
      if (frame.type !== "conversation:changed") return;
      for (const row of frame.data.rows)
        if (isNews(row) && rules && isWanted(row, rules, me.id, clock())) tell(row);
    });

    function isNews(row: Row): boolean {
      if (row.gone || row.partial || !row.last_inbound_at) return false;
      const at = Date.parse(row.last_inbound_at);
      const before = written.current.get(row.id) ?? Date.now() - OLD;
      written.current.set(row.id, Math.max(at, before));
      return at > before && !connection.isInSight(row.id);
    }

    function tell(row: Row) {
      if (rules?.sound && Date.now() - played.current >= PAUSE) {
        played.current = Date.now();
        void playInSomeTab().then((allowed) => {
          if (allowed) return;
          played.current = 0;
          sayBlocked();
        });
      }
      if (!rules?.desktop || typeof Notification === "undefined" || Notification.permission !== "granted")
        return;
      const title = row.customer.name || row.customer.number || inbox.unknownCustomer;
      let shown: Notification;
      try {
        // tag: a later message of the conversation takes its place
        shown = new Notification(title, { body: row.preview?.text ?? "", tag: row.id });
      } catch {
        return; // browsers of phones let only service workers do it
      }
      shown.onclick = () => {
        window.focus();
        shown.close();
        void navigate({ to: `/w/${workspace}/inbox/${row.id}` as string, search: sameFilters as never });
      };
    }

    function sayBlocked() {
      if (blocked.current) return;
      blocked.current = true;
      notifications.show({ message: notify.soundBlocked, color: "orange", autoClose: 12_000 });
    }
  }, [leads, rules, listen, connection, me.id, workspace, navigate, notify, inbox]);
  return null;
}

const isLookedAt = () => document.visibilityState === "visible" && document.hasFocus();

/** Shows a number before the title of the tab, whatever page sets the title. */
function useTitleBadge(count: number) {
  useEffect(() => {
    const show = () => {
      const bare = document.title.replace(/^\(\d+\+?\) /, "");
      const wanted = count > 0 ? `(${count > 49 ? "50+" : count}) ${bare}` : bare;
      if (document.title !== wanted) document.title = wanted;
    };
    show();
    const title = document.querySelector("title");
    const observer = new MutationObserver(show);
    if (title) observer.observe(title, { childList: true });
    return () => observer.disconnect();
  }, [count]);
}

/** Returns the time of the person's own day, as in the settings: `22:15`. */
function clock(): string {
  const now = new Date();
  return `${String(now.getHours()).padStart(2, "0")}:${String(now.getMinutes()).padStart(2, "0")}`;
}
