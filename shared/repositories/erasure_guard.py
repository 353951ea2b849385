"""Whether something may still be stored about a customer: not if it is from before the customer was erased.

A replay of a topic, a dead letter or a record that was on its way brings what is gone; whoever is about to write a
document of a person asks here first. Who writes again after the erasure is a new customer.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.domain import ids
from shared.domain.identities import identities_of
from shared.domain.phone import canonical
from shared.domain.record_age import provider_time
from shared.messages.commands import ConsentChanged, WrittenOnPhone
from shared.messages.inbound import InboundMessage
from shared.repositories.tombstones import Tombstones, tombstone_id
from shared.storage.mongo import Mongo

FRESH = 3.0  # seconds that the tombstones of a workspace are remembered
SETTLED = 2 * FRESH + 2  # seconds after which every process knows of a tombstone, and what it was at is done
_OVERLAP = timedelta(hours=1)  # asked for again each time: how far behind another machine's clock may be


def is_gone(created_at: datetime, erased_at: datetime | None) -> bool:
    """Whether what was created then is of a person as he was before the erasure."""
    return erased_at is not None and created_at <= erased_at


class ErasureGuard:
    """Knows the tombstones of the workspaces that it was asked about. Made once per process. Raises DependencyAway."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._mongo = mongo
        self._clock = clock
        self._known: dict[str, _Known] = {}

    async def since(self, workspace: str, who: str) -> datetime | None:
        """When a customer was erased, if ever. who: the customer's id, an identity (`+…` or `bsuid:…`), or
        the id of a conversation.
        """
        known = self._known.get(workspace)
        if known is None:
            known = self._known[workspace] = _Known(Tombstones(self._mongo, workspace), self._clock)
        if not known.is_fresh():
            await known.refresh()
        if not known.tombstones:
            return None
        customer_id = ids.customer_id(workspace, who) if who.startswith(("+", "bsuid:")) else who
        return known.tombstones.get(tombstone_id(workspace, customer_id))

    async def forbid(self, workspace: str, who: str, created_at: datetime) -> bool:
        """Whether a record about a customer that was created then is to be dropped."""
        return is_gone(created_at, await self.since(workspace, who))

    async def forbid_message(self, message: InboundMessage) -> bool:
        """Whether a customer's message is of a person as he was before the erasure: by the provider's time, or because
        it was removed with him. Asks for all that the sender can be known by, so nothing need be resolved before.
        """
        people = {*identities_of(message.sender), message.sender.identity, message.conversation_id}
        erased_at = await self._latest(message.workspace, people)
        if erased_at is None:
            return False
        return is_gone(provider_time(message), erased_at) or await Tombstones(
            self._mongo, message.workspace
        ).had_message(message.id)

    async def forbid_report(self, report: WrittenOnPhone | ConsentChanged) -> bool:
        """The same of what a provider reports of a conversation."""
        people = {canonical(report.identity), report.identity, report.customer_id, report.conversation_id}
        return is_gone(provider_time(report), await self._latest(report.workspace, people - {""}))

    async def _latest(self, workspace: str, people: Iterable[str]) -> datetime | None:
        times = [await self.since(workspace, who) for who in people]
        return max((at for at in times if at is not None), default=None)


class _Known:
    """The tombstones of one workspace."""

    def __init__(self, erased: Tombstones, clock: Clock) -> None:
        self.tombstones: dict[str, datetime] = {}
        self._erased = erased
        self._clock = clock
        self._read_at: float | None = None
        self._reading = asyncio.Lock()

    def is_fresh(self) -> bool:
        return self._read_at is not None and self._clock.monotonic() - self._read_at < FRESH

    async def refresh(self) -> None:
        """Read what is new; those who ask meanwhile wait for the same answer."""
        async with self._reading:
            if self.is_fresh():
                return
            asked_at = self._clock.monotonic()
            latest = max(self.tombstones.values(), default=None)
            self.tombstones |= await self._erased.after(latest - _OVERLAP if latest else None)
            self._read_at = asked_at
