"""Conversations in folders, page by page, for people. Reads what the router writes, through partial indexes
(`shared.repositories.conversations`, docs/decisions/0060-inbox-without-a-read-model.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.conversation import Conversation, Mode
from shared.repositories.conversations import COLLECTION
from shared.repositories.visibility import EVERYTHING, Visibility
from shared.storage.documents import from_document
from shared.storage.mongo import Document, Mongo
from shared.storage.scoped import Scoped

COUNT_LIMIT = 100
"""Counts of folders stop here: more is shown as `99+`."""
MOST_LABELS = 200
_MOST_MERGED = 20  # channels whose ranges of an index are merged; the server merges at most 200
_NEWEST = [("last_inbound_at", -1), ("_id", -1)]
_WAITS = [("state.waiting_since", 1), ("_id", 1)]
_IS_WAITING: Document = {"state.waiting_since": {"$type": "date"}}
_STATE = {"state": 1}


class Folder(StrEnum):
    """A folder of the inbox. mine: assigned to the member. unassigned: with agents, but nobody has it. waiting: in the
    queue for an agent. people: with agents. bot: the bot answers.
    """

    MINE = "mine"
    UNASSIGNED = "unassigned"
    WAITING = "waiting"
    PEOPLE = "people"
    BOT = "bot"
    CLOSED = "closed"
    ALL = "all"


class Sort(StrEnum):
    """The order of a list of conversations. newest: by the customer's last message, the latest first. waits: only those
    in the queue for an agent, the longest waiting first.
    """

    NEWEST = "newest"
    WAITS = "waits"


@dataclass(frozen=True, slots=True)
class InboxView:
    """The conversations of a list. member: whose `mine` it is. label, channel: only those; empty: all. now: what is
    snoozed then is left out of `unassigned`, `waiting` and what waits longest; None: it is not.
    """

    folder: Folder = Folder.ALL
    member: str = ""
    label: str = ""
    channel: str = ""
    sort: Sort = Sort.NEWEST
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class InboxPosition:
    """The end of a page. at: of the sorting time; None: the customers after it never wrote."""

    at: datetime | None
    id: str


@dataclass(frozen=True, slots=True)
class InboxPage:
    """A page of a list of conversations. next: where the next page begins; None: this is the last one."""

    conversations: list[Conversation]
    next: InboxPosition | None


class Inbox:
    """The inbox of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def page(
        self, view: InboxView, *, after: InboxPosition | None = None, limit: int = 50, sees: Visibility = EVERYTHING
    ) -> InboxPage:
        """Return at most `limit` conversations after a position. sees: what the caller may see."""
        found: list[Conversation] = []
        for query in page_queries(view, after, sees):
            part = await self._collection.find(
                query,
                fields=_STATE,
                sort=_WAITS if view.sort is Sort.WAITS else _NEWEST,
                limit=limit + 1 - len(found),
                hint=index_of(view, sees),
            )
            found += [from_document(item["state"], Conversation) for item in part]
            if len(found) > limit:
                break
        page = found[:limit]
        return InboxPage(page, _position(view, page[-1]) if len(found) > limit else None)

    async def newest_turns(
        self, view: InboxView, limit: int, *, sees: Visibility = EVERYTHING
    ) -> list[tuple[str, int]]:
        """Return id and last turn of the newest conversations of a folder. sees: what the caller may see."""
        (query,) = page_queries(view, None, sees)
        found = await self._collection.find(
            query, fields={"state.turn": 1}, sort=_NEWEST, limit=limit, hint=index_of(view, sees)
        )
        return [(item["_id"], item["state"]["turn"]) for item in found]

    async def count(self, view: InboxView, *, sees: Visibility = EVERYTHING) -> int:
        """Return how many conversations the list has; `COUNT_LIMIT` stands for that many or more."""
        (query,) = page_queries(view, None, sees)
        return await self._collection.count(query, limit=COUNT_LIMIT, hint=index_of(view, sees))

    async def labels(self, *, sees: Visibility = EVERYTHING) -> list[str]:
        """Return the labels of conversations that the caller may see, in alphabetical order, at most `MOST_LABELS`;
        one seek for each.
        """
        labels: list[str] = []
        while len(labels) < MOST_LABELS:
            last = labels[-1] if labels else ""
            following: Document = {"$and": [{"state.labels": {"$gt": last}}, *sees.conditions()]}
            found = await self._collection.find(following, fields={"state.labels": 1}, limit=1, hint="labelled")
            if not found:
                break
            labels.append(min(label for label in found[0]["state"]["labels"] if label > last))
        return labels

    async def get(self, conversation_id: str, *, sees: Visibility = EVERYTHING) -> Conversation | None:
        """Return a conversation; None also if the caller may not see it."""
        found = await self._collection.find_one({"_id": conversation_id}, _STATE)
        conversation = from_document(found["state"], Conversation) if found else None
        return conversation if conversation and sees.allows(conversation.channel, conversation.assigned_to) else None

    async def get_many(self, conversation_ids: Sequence[str], *, sees: Visibility = EVERYTHING) -> list[Conversation]:
        """Return those of the conversations that exist and that the caller may see, in the given order."""
        wanted = list(dict.fromkeys(conversation_ids))
        found = await self._collection.find({"_id": {"$in": wanted}}, fields=_STATE, limit=max(1, len(wanted)))
        by_id = {item["_id"]: from_document(item["state"], Conversation) for item in found}
        known = [by_id[one] for one in wanted if one in by_id]
        return [one for one in known if sees.allows(one.channel, one.assigned_to)]

    async def visible(self, conversation_ids: Sequence[str], sees: Visibility) -> set[str]:
        """Return the ids of those of the conversations that the caller may see."""
        wanted = sorted(set(conversation_ids))
        query: Document = {"$and": [{"_id": {"$in": wanted}}, *sees.conditions()]}
        found = await self._collection.find(query, fields={"_id": 1}, limit=max(1, len(wanted)))
        return {item["_id"] for item in found}


def page_queries(view: InboxView, after: InboxPosition | None, sees: Visibility) -> list[Document]:
    """Return the queries whose results, one after the other, are the page after a position."""
    conditions = [*_conditions(view), *sees.conditions(), {"state.moved_to": None}]
    if view.folder is Folder.ALL and index_of(view, sees) == _OF_CHANNELS:
        conditions.append(_ANY_MODE)
    if after is None:
        return [{"$and": conditions}]
    if view.sort is Sort.WAITS:
        return [{"$and": [*conditions, *_behind("state.waiting_since", "$gte", "$lte", after)]}]
    never_wrote: Document = {"last_inbound_at": None}
    if after.at is None:
        return [{"$and": [*conditions, never_wrote, {"_id": {"$lt": after.id}}]}]
    dated: Document = {"$and": [*conditions, *_behind("last_inbound_at", "$lte", "$gte", after)]}
    return [dated, {"$and": [*conditions, never_wrote]}]


def index_of(view: InboxView, sees: Visibility = EVERYTHING) -> str:
    """Return the index that serves a list; without the hint, the server may stay with one that served another list."""
    if view.sort is Sort.WAITS:
        return "waiting"
    if view.folder in (Folder.MINE, Folder.UNASSIGNED, Folder.WAITING):
        return "assigned"
    if view.label:
        return "labelled"
    if view.channel or 0 < len(sees.channels) <= _MOST_MERGED:
        return _OF_CHANNELS
    if view.folder is Folder.PEOPLE:
        return "assigned" if sees.only_own_and_unassigned else "people"
    return "assigned" if view.folder is Folder.CLOSED else "inbox_pages"


def _conditions(view: InboxView) -> list[Document]:
    conditions: list[Document] = list(_FOLDERS.get(view.folder, ()))
    if view.folder is Folder.MINE:
        conditions += [_IS_HUMAN, {"state.assigned_to": view.member}]
    if view.sort is Sort.WAITS:
        conditions.append(_IS_WAITING)
    if view.now is not None and (view.sort is Sort.WAITS or view.folder in (Folder.UNASSIGNED, Folder.WAITING)):
        conditions.append({"state.snoozed_until": {"$not": {"$gt": view.now}}})
    if view.label:
        conditions.append({"state.labels": view.label})
    if view.channel:
        conditions.append({"state.channel": view.channel})
    return conditions


_OF_CHANNELS = "channel_pages"
_ANY_MODE: Document = {"state.mode": {"$in": [mode.value for mode in Mode]}}  # each is a range of `channel_pages`
_IS_HUMAN: Document = {"state.mode": Mode.HUMAN.value}
_HAS_NOBODY: Document = {"state.assigned_to": ""}
_FOLDERS: dict[Folder, tuple[Document, ...]] = {
    Folder.UNASSIGNED: (_IS_HUMAN, _HAS_NOBODY),
    Folder.WAITING: (_IS_HUMAN, _HAS_NOBODY, _IS_WAITING),  # only what nobody has can wait in the queue
    Folder.PEOPLE: (_IS_HUMAN,),
    Folder.BOT: ({"state.mode": Mode.BOT.value},),
    Folder.CLOSED: ({"state.mode": Mode.CLOSED.value}, _HAS_NOBODY),
}


def _behind(field: str, from_: str, same_or_before: str, after: InboxPosition) -> list[Document]:
    """Return the conditions for what follows a position; the first one alone bounds the scan of the index."""
    return [{field: {from_: after.at}}, {"$nor": [{field: after.at, "_id": {same_or_before: after.id}}]}]


def _position(view: InboxView, last: Conversation) -> InboxPosition:
    return InboxPosition(last.waiting_since if view.sort is Sort.WAITS else last.last_inbound_at, last.id)
