"""Indexes for the lists of conversations that people see (`shared.repositories.inbox`).

The last keys of each are what lists are filtered by, so that a filter reads the index and not the documents, which may
have tens of kilobytes. The partial ones have no entries for conversations of the bot, which are most: its traffic does
not pay for them. `mode` is compared with `bot` because a partial index takes no other form of "is not".
"""

from pymongo import IndexModel

from shared.domain.conversation import Mode

_FILTERS = [("state.channel", 1), ("state.assigned_to", 1)]
_NEWEST = [("last_inbound_at", -1), ("_id", -1)]

INBOX_INDEXES = [
    IndexModel([("workspace", 1), *_NEWEST, ("state.mode", 1), *_FILTERS], name="inbox_pages"),
    IndexModel(
        [("workspace", 1), ("state.channel", 1), ("state.mode", 1), *_NEWEST, ("state.assigned_to", 1)],
        name="channel_pages",
    ),
    IndexModel(
        [("workspace", 1), *_NEWEST, *_FILTERS],
        name="people",
        partialFilterExpression={"state.mode": Mode.HUMAN.value},
    ),
    IndexModel(
        [("workspace", 1), ("state.mode", 1), ("state.assigned_to", 1), *_NEWEST, ("state.channel", 1)],
        name="assigned",
        partialFilterExpression={"state.mode": {"$gt": Mode.BOT.value}},
    ),
    IndexModel(
        [("workspace", 1), ("state.labels", 1), *_NEWEST, ("state.mode", 1), *_FILTERS],
        name="labelled",
        partialFilterExpression={"state.labels": {"$gt": ""}},
    ),
    IndexModel(
        [("workspace", 1), ("state.waiting_since", 1), ("_id", 1), *_FILTERS],
        name="waiting",
        partialFilterExpression={"state.waiting_since": {"$type": "date"}},
    ),
]
