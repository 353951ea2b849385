"""Chooses the frames of some changes that one subscriber may get. Pure.

An event of a conversation that the subscriber does not see is left out entirely: not even its id is sent. So is one
of a kind whose right the subscriber does not have (`frames.RIGHTS`).
"""

from collections.abc import Iterator

from services.console.live import frames
from services.console.live.changes import Changes
from services.console.live.copies import Copies, Data, Row
from services.console.live.events import LiveEvent
from services.console.live.frames import Frame
from services.console.live.subscriber import Subscriber

ROWS = 50
"""The most rows of a frame."""


def select(subscriber: Subscriber, changes: Changes, copies: Copies, stale: int) -> list[Frame]:
    """Return the frames for a subscriber, without cursors. stale: rows that changed and were not read."""
    chosen = [
        *_messages(subscriber, changes, copies),
        *_rows(subscriber, changes, copies),
        *([frames.InboxStale(data={"count": stale})] if stale and subscriber.sees_inbox else ()),
        *filter(None, (_other(subscriber, event, copies) for event in changes.others.values())),
    ]
    return [frame for frame in chosen if subscriber.may_get(type(frame))]


def lost(subscriber: Subscriber, changes: Changes, copies: Copies) -> bool:
    """Return whether the subscriber may have seen a conversation until now that it does not see any more."""
    if not subscriber.restricted:
        return False
    updated = (conversation for conversation, change in changes.rows.items() if change.updated)
    return any(not _sees(subscriber, copies.rows.get(conversation)) for conversation in updated)


def hidden(subscriber: Subscriber, copies: Copies) -> set[str]:
    """Return the open conversations that the subscriber does not see any more."""
    read = subscriber.open.intersection(copies.rows) if subscriber.restricted else ()
    return {conversation for conversation in read if not _sees(subscriber, copies.rows[conversation])}


def _sees(subscriber: Subscriber, row: Row | None) -> bool:
    if not subscriber.restricted:
        return True
    if row is None:
        return False
    return subscriber.sees.allows(row.channel, row.assigned_to)


def _messages(subscriber: Subscriber, changes: Changes, copies: Copies) -> Iterator[Frame]:
    for change in changes.messages.values():
        if change.conversation in subscriber.open and _sees(subscriber, copies.rows.get(change.conversation)):
            found = copies.messages.get(change.id)
            if found and found.hidden:
                continue
            message = found.shown(numbers=subscriber.numbers) if found else {"id": change.id, "partial": True}
            yield frames.MessageNew(data={"conversation": change.conversation, "message": message})
    for id_, conversation in changes.statuses.items():
        found = copies.messages.get(id_)
        if found and conversation in subscriber.open and _sees(subscriber, copies.rows.get(conversation)):
            status = _status(id_, found.shown(numbers=subscriber.numbers))
            yield frames.MessageStatus(data={"conversation": conversation, **status})


def _status(id_: str, message: Data) -> dict[str, object]:
    return {"message": id_, **{name: message.get(name) for name in ("status", "rank", "delivery")}}


def _rows(subscriber: Subscriber, changes: Changes, copies: Copies) -> Iterator[Frame]:
    wanted = [item for item in changes.rows if subscriber.sees_inbox or item in subscriber.open]
    if not subscriber.restricted:
        absent = "partial" if copies.away else "gone"
        rows = [_shown(subscriber, copies.rows.get(item)) or {"id": item, absent: True} for item in wanted]
    else:
        rows = [_shown(subscriber, row) for item in wanted if _sees(subscriber, row := copies.rows.get(item))]
    for start in range(0, len(rows), ROWS):
        yield frames.ConversationChanged(data={"rows": rows[start : start + ROWS]})


def _shown(subscriber: Subscriber, row: Row | None) -> Data:
    return {} if row is None else row.shown(numbers=subscriber.numbers)


def _other(subscriber: Subscriber, event: LiveEvent, copies: Copies) -> Frame | None:
    kind, conversation = event.kind, event.conversation_id
    if kind == "channel.changed":
        channel = event.channel or event.detail
        data = {"channel": channel, "change": event.detail}
        return frames.ChannelChanged(data=data) if subscriber.sees.allows(channel, "") else None
    if kind == "template.changed":
        return frames.TemplateChanged(data={"template": event.detail})
    if kind == "broadcast.changed":
        # Without a channel, as when it is created, those limited to channels get nothing.
        sees_channel = subscriber.sees.allows(event.channel, "")
        return frames.BroadcastChanged(data={"broadcast": event.detail}) if sees_channel else None
    sees = _sees(subscriber, copies.rows.get(conversation))
    if kind == "command.refused" and (sees or conversation in subscriber.worked_in):
        about = {"command": event.command_id, "reason": event.detail, "by": event.by}
        return frames.CommandRefused(data={"conversation": conversation, **about})
    if not sees:
        return None
    if kind == "command.done":
        data = {"conversation": conversation, "command": event.command_id, "by": event.by}
        return frames.CommandDone(data={**data, **({"message": event.message_id} if event.message_id else {})})
    if kind == "customer.changed":
        return frames.CustomerChanged(data={"conversation": conversation, "customer": event.detail})
    if kind in ("order.placed", "order.changed"):
        return frames.OrderChanged(data={"conversation": conversation, "order": event.detail})
    return None
