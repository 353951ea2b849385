"""Lists of conversations as people read them: each with its customer, last words, unread messages and window."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from shared.domain.conversation import Conversation, Mode
from shared.domain.window import WINDOW
from shared.operations.inbox.customers import CustomerCard, card_of
from shared.operations.masking import masked_text
from shared.repositories.customers import Customers
from shared.repositories.inbox import Inbox, InboxPosition, InboxView
from shared.repositories.previews import Preview, Previews, RowDetails, RowNeed
from shared.repositories.seen_marks import SeenMarks
from shared.repositories.visibility import EVERYTHING, Visibility
from shared.storage.mongo import Mongo

MOST_COMPARED = 500
"""Conversations of a folder in which unread messages are looked for, from the newest on."""
_LONGEST_PREVIEW = 200  # characters
_NEVER = datetime.min.replace(tzinfo=UTC)


class InboxRow(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation in a list. waits_since: since when the customer waits for a person; None: the customer does not.
    window_ends_at: end of the 24 hours in which free text may be sent; None: the customer never wrote. unread: the
    customer's messages that the reader has not seen, 100 for 100 or more.
    """

    id: str
    channel: str
    customer: CustomerCard
    mode: str
    assigned_to: str
    turn: int
    version: int
    last_inbound_at: datetime | None
    waits_since: datetime | None
    window_ends_at: datetime | None
    preview: Preview | None
    unread: int
    labels: tuple[str, ...] = ()
    snoozed_until: datetime | None = None
    flow: str = ""


@dataclass(frozen=True, slots=True)
class InboxReader:
    """The reader: their id, what they may see, and whether they may see phone numbers in full."""

    user: str
    sees: Visibility = EVERYTHING
    numbers: bool = False


_NOBODY = InboxReader(user="")
_Parts = tuple[Conversation, Mapping[str, Any], RowDetails]


class UnreadRows(msgspec.Struct, frozen=True, kw_only=True):
    """Unread conversations among the newest ones. unread: how many of the `compared` newest ones have unread messages.
    all_compared: there are no others.
    """

    items: list[InboxRow]
    unread: int
    compared: int
    all_compared: bool


class InboxRows:
    """The lists of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._inbox = Inbox(mongo, workspace)
        self._customers = Customers(mongo, workspace)
        self._previews = Previews(mongo, workspace)
        self._seen = SeenMarks(mongo, workspace)

    async def page(
        self, view: InboxView, reader: InboxReader, *, after: InboxPosition | None = None, limit: int = 50
    ) -> tuple[list[InboxRow], InboxPosition | None]:
        """Return a page of a list, and where the next one begins (None: it is the last)."""
        page = await self._inbox.page(view, after=after, limit=limit, sees=reader.sees)
        return await self.rows(page.conversations, reader), page.next

    async def unread(self, view: InboxView, reader: InboxReader, limit: int) -> UnreadRows:
        """Return the newest conversations of a folder whose last messages the reader has not read, at most `limit`."""
        found = await self._inbox.newest_turns(view, MOST_COMPARED + 1, sees=reader.sees)
        compared = found[:MOST_COMPARED]
        seen = await self._seen.turns(reader.user, [id_ for id_, _ in compared])
        unread = [id_ for id_, turn in compared if turn > seen[id_]]
        rows = await self.by_id(unread[:limit], reader)
        return UnreadRows(
            items=rows, unread=len(unread), compared=len(compared), all_compared=len(found) == len(compared)
        )

    async def by_id(self, conversation_ids: Sequence[str], reader: InboxReader) -> list[InboxRow]:
        """Return the rows of those conversations that exist and that the reader may see."""
        return await self.rows(await self._inbox.get_many(conversation_ids, sees=reader.sees), reader)

    async def rows(self, conversations: Sequence[Conversation], reader: InboxReader) -> list[InboxRow]:
        """Return the rows of conversations that the reader may see, in their order."""
        parts = await self._parts(conversations, reader)
        return [_row(*one, numbers=reader.numbers) for one in parts]

    async def full_and_masked(self, conversation_ids: Sequence[str]) -> list[tuple[InboxRow, InboxRow]]:
        """Return the rows of those conversations that exist, each with phone numbers and without, read once."""
        parts = await self._parts(await self._inbox.get_many(conversation_ids), _NOBODY)
        return [(_row(*one, numbers=True), _row(*one, numbers=False)) for one in parts]

    async def _parts(self, conversations: Sequence[Conversation], reader: InboxReader) -> list[_Parts]:
        """Return what the rows of conversations are made of."""
        if not conversations:
            return []
        customers, details = await asyncio.gather(
            self._customers.cards([one.customer_id for one in conversations]), self._details(conversations, reader)
        )
        return [(one, customers[one.customer_id], details.get(one.id, RowDetails())) for one in conversations]

    async def _details(self, conversations: Sequence[Conversation], reader: InboxReader) -> dict[str, RowDetails]:
        ids = [one.id for one in conversations]
        seen = await self._seen.turns(reader.user, ids) if reader.user else dict.fromkeys(ids, 0)
        return await self._previews.of([RowNeed(id=one.id, turn=one.turn, seen=seen[one.id]) for one in conversations])


def waits_since(conversation: Conversation) -> datetime | None:
    """Return since when the customer waits for a person: in the queue, or for the agent's next words."""
    if conversation.mode is not Mode.HUMAN:
        return None
    if conversation.waiting_since is not None:
        return conversation.waiting_since
    wrote = conversation.last_inbound_at
    return wrote if wrote is not None and wrote > (conversation.person_at or _NEVER) else None


def _shown(preview: Preview | None, *, numbers: bool) -> Preview | None:
    if preview is None:
        return None
    text = preview.text if numbers else masked_text(preview.text)
    short = text if len(text) <= _LONGEST_PREVIEW else f"{text[: _LONGEST_PREVIEW - 1]}…"
    return msgspec.structs.replace(preview, text=short)


def _row(conversation: Conversation, customer: Mapping[str, Any], details: RowDetails, *, numbers: bool) -> InboxRow:
    wrote = conversation.last_inbound_at
    return InboxRow(
        id=conversation.id,
        channel=conversation.channel,
        customer=card_of(customer, numbers=numbers),
        mode=conversation.mode.value,
        assigned_to=conversation.assigned_to,
        turn=conversation.turn,
        version=conversation.version,
        last_inbound_at=wrote,
        waits_since=waits_since(conversation),
        window_ends_at=wrote + WINDOW if wrote else None,
        preview=_shown(details.preview, numbers=numbers),
        unread=details.unread,
        labels=conversation.labels,
        snoozed_until=conversation.snoozed_until,
        flow=conversation.flow.flow if conversation.flow else "",
    )
