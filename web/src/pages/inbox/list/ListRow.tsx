import { VisuallyHidden } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { useLanguage } from "../../../app/LanguageProvider";
import { useMember } from "../../../app/me";
import { noteRecent } from "../../../app/recent";
import type { Row } from "../../../live/frames";
import { useTexts } from "../../../texts";
import { shortTime } from "../../../time/short";
import { useNow } from "../../../time/useNow";
import { useFormat } from "../../../time/zone";
import { PersonAvatar } from "../../../ui/PersonAvatar";
import { AuthorSign } from "./AuthorSign";
import classes from "./ListRow.module.css";
import { RowMeta } from "./RowMeta";

type Props = { row: Row; active: boolean };

/** A conversation in the list. */
export const ListRow = memo(function ListRow({ row, active }: Props) {
  const { inbox } = useTexts();
  const { language } = useLanguage();
  const { workspace, me } = useMember();
  const format = useFormat();
  const now = useNow();
  const name = row.customer.name || row.customer.number || row.customer.username || inbox.unknownCustomer;
  const at = row.preview?.at ?? row.last_inbound_at;
  return (
    <Link
      to={`/w/${workspace}/inbox/${row.id}` as string}
      search={(before: object) => before}
      className={classes.row}
      onClick={() => noteRecent(workspace, me.id, { id: row.id, name })}
      data-active={active || undefined}
      data-unread={row.unread > 0 || undefined}
      aria-current={active ? "true" : undefined}
      preload={false}
    >
      <PersonAvatar name={name} />
      <span className={classes.body}>
        <span className={classes.line}>
          <bdi className={classes.name}>{name}</bdi>
          {at && (
            <time className={classes.time} dateTime={at} title={`${format.dateTime(at)} (${format.zone})`}>
              {shortTime(at, now, format.zone, language)}
            </time>
          )}
        </span>
        <span className={classes.line}>
          {row.preview && (
            <AuthorSign
              author={row.preview.author}
              failed={row.preview.failed}
              inDoubt={row.preview.in_doubt}
            />
          )}
          <bdi className={classes.preview}>{row.preview?.text ?? inbox.noMessage}</bdi>
          {row.unread > 0 && (
            <span className={classes.unread}>
              {row.unread > 99 ? "99+" : row.unread}
              <VisuallyHidden>{inbox.unread}</VisuallyHidden>
            </span>
          )}
        </span>
        <RowMeta row={row} now={now} />
      </span>
    </Link>
  );
});
