"""Fresh copies of what has changed, read once for all sockets, and the port that reads them."""

import asyncio
from collections import Counter
from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from services.console.live.changes import Changes
from shared.errors import DependencyAway
from shared.telemetry import logging

log = logging.get(__name__)

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A conversation as the list has it. data: as it is sent; masked: the same without full phone numbers, in texts
    neither. channel, assigned_to: decide who sees it.
    """

    data: Data
    masked: Data
    channel: str
    assigned_to: str

    def shown(self, *, numbers: bool) -> Data:
        """Return it for somebody who may see phone numbers in full, or not."""
        return self.data if numbers else self.masked


@dataclass(frozen=True, slots=True)
class Message:
    """A message as the timeline has it, and of ours the `status` and `rank`. data, masked: as those of a row. hidden:
    the timeline does not show it.
    """

    data: Data
    masked: Data
    hidden: bool = False

    def shown(self, *, numbers: bool) -> Data:
        """Return it for somebody who may see phone numbers in full, or not."""
        return self.data if numbers else self.masked


class LiveReads(Protocol):
    """Reads of one workspace at a time. All raise DependencyAway; what is missing is left out."""

    async def rows(self, workspace: str, conversations: Collection[str]) -> Mapping[str, Row]:
        """Return rows by conversation."""
        ...

    async def customer_messages(self, workspace: str, ids: Collection[str]) -> Mapping[str, Message]:
        """Return messages of customers by id."""
        ...

    async def our_messages(self, workspace: str, ids: Collection[str]) -> Mapping[str, Message]:
        """Return messages to customers by id."""
        ...


@dataclass(slots=True)
class Copies:
    """Copies read for the changes of one flush. messages: of both directions, by id. rows: by conversation. away: the
    store could not be read.
    """

    messages: dict[str, Message] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    away: bool = False


async def read_copies(reads: LiveReads, workspace: str, changes: Changes, *, states: bool) -> Copies:
    """Read what has changed: messages first, so that no row is older than a message that was found.

    states: read also the rows of the conversations of everything else, which decide who may see it.
    """
    theirs = {change.id for change in changes.messages.values() if change.from_customer}
    theirs |= {id_ for change in changes.rows.values() for id_ in change.messages}
    ours = {change.id for change in changes.messages.values() if not change.from_customer} | set(changes.statuses)
    rows = set(changes.rows) | (changes.conversations() if states else set())
    try:
        found = await asyncio.gather(
            reads.customer_messages(workspace, theirs) if theirs else _nothing(),
            reads.our_messages(workspace, ours) if ours else _nothing(),
        )
        return Copies({**found[0], **found[1]}, dict(await reads.rows(workspace, rows)) if rows else {})
    except DependencyAway as error:
        log.warning("Live events are sent without copies", workspace=workspace, detail=str(error))
        return Copies(away=True)


def split_missing(
    changes: Changes, copies: Copies, tries: Counter[str], most_tries: int, among: Container[str] | None = None
) -> Changes:
    """Remove from the changes those whose customer's message is not stored yet, and return them, to be read again.

    tries: reads so far by message, counted here. among: only these messages; None: all.
    """
    later = Changes()
    if copies.away:
        return later

    def is_awaited(id_: str) -> bool:
        return id_ not in copies.messages and tries[id_] < most_tries and (among is None or id_ in among)

    for id_, change in list(changes.messages.items()):
        if change.from_customer and is_awaited(id_):
            later.messages[id_] = changes.messages.pop(id_)
    for conversation, row in list(changes.rows.items()):
        if any(map(is_awaited, row.messages)):
            later.rows[conversation] = changes.rows.pop(conversation)
    tries.update({*later.messages, *(id_ for row in later.rows.values() for id_ in row.messages)})
    return later


async def _nothing() -> Mapping[str, Message]:
    return {}
