import { VisuallyHidden } from "@mantine/core";
import { IconMessages } from "@tabler/icons-react";
import { Outlet, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTexts } from "../../texts";
import { EmptyState } from "../../ui/EmptyState";
import { useTitle } from "../../ui/useTitle";
import { PhoneButton } from "../phone/PhoneButton";
import classes from "./Inbox.module.css";
import { ListPane } from "./list/ListPane";

/** The inbox: the list beside the conversation; on phones one of them. */
export function InboxPage() {
  const { inbox } = useTexts();
  const { conversation } = useParams({ strict: false }) as { conversation?: string };
  const search = useSearch({ from: "/w/$workspace/inbox" });
  const { folder = "all", label = "", channel = "", sort = "newest", unread = false } = search;
  const [empty, setEmpty] = useState(false);
  useTitle(inbox.title);
  return (
    <div className={classes.panes} data-open={conversation ? "conversation" : "list"}>
      <VisuallyHidden component="h1">{inbox.title}</VisuallyHidden>
      <section className={classes.list} aria-label={inbox.title}>
        <ListPane view={{ folder, label, channel, sort, unread }} active={conversation} onEmpty={setEmpty} />
      </section>
      <section className={classes.conversation}>
        {conversation ? (
          <Outlet />
        ) : (
          <div className={classes.nothing}>
            <EmptyState
              icon={<IconMessages size={40} stroke={1.3} aria-hidden />}
              title={empty ? inbox.noneToOpen : inbox.choose}
              text={empty ? inbox.noneToOpenText : inbox.chooseText}
              action={<PhoneButton />}
            />
          </div>
        )}
      </section>
    </div>
  );
}
