"""Updates the documents of known customers who have written: together, within a second, before offsets are committed.

Creates no customers: a new one is stored before anything is published.
"""

import asyncio

from msgspec.structs import replace

from shared.errors import DependencyAway
from shared.messages.inbound import InboundMessage, Sender
from shared.repositories.customers import Customers
from shared.storage.mongo import Mongo
from shared.storage.write_behind import WriteBehind
from shared.telemetry import logging

log = logging.get(__name__)

_Contact = tuple[str, str, str, str, str | None, str | None]
"""Workspace, customer, conversation, and the sender's identity, phone number and user id."""


class ContactUpdates:
    """One per router process."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._latest: dict[_Contact, InboundMessage] = {}  # bounded by the records between two commits
        self._behind = WriteBehind(self._write)

    def add(self, customer_id: str, message: InboundMessage) -> None:
        """Update the customer for this message soon; of several messages the latest one counts."""
        sender = message.sender
        contact = (
            *(message.workspace, customer_id, message.conversation_id),
            *(sender.identity, sender.phone, sender.bsuid),
        )
        earlier = self._latest.get(contact)
        if earlier is not None:
            earlier, message = sorted((earlier, message), key=lambda one: one.created_at)
            message = _with_names_of(message, earlier.sender)
        self._latest[contact] = message
        self._behind.note()

    async def flush(self) -> None:
        """Write all updates now. Raises DependencyAway; what is not written is written later."""
        await self._behind.flush()

    async def _write(self) -> None:
        taken, self._latest = self._latest, {}
        results = await asyncio.gather(*(self._update(*one) for one in taken.items()), return_exceptions=True)
        away: DependencyAway | None = None
        for (contact, message), error in zip(taken.items(), results, strict=True):
            if isinstance(error, DependencyAway):
                away = error
                self._latest.setdefault(contact, message)
            elif error is not None:  # of this document alone
                log.error("A customer could not be updated", conversation_id=contact[2], exc_info=error)
        if away is not None:
            raise away

    async def _update(self, contact: _Contact, message: InboundMessage) -> None:
        workspace, customer_id, *_ = contact
        await Customers(self._mongo, workspace).update_contact(customer_id, message, message.created_at)


def _with_names_of(message: InboundMessage, earlier: Sender) -> InboundMessage:
    """Return the message with the names that only an earlier one of the same sender has."""
    sender = message.sender
    names = {"name": sender.name or earlier.name, "username": sender.username or earlier.username}
    return replace(message, sender=replace(sender, **names))
