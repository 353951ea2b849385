"""Decides whether data about a customer may be stored: not if it is older than the customer's erasure.

A replayed topic, a dead letter or a record in flight may contain erased data, so whoever writes a customer's document
asks here first. A customer who writes again after the erasure is a new customer.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.domain import ids
from shared.domain.identities import identities_of, with_user_id
from shared.domain.record_age import provider_time
from shared.messages.commands import ConsentChanged, WrittenOnPhone
from shared.messages.inbound import InboundMessage
from shared.repositories.tombstones import Tombstones, tombstone_id
from shared.storage.mongo import Mongo

FRESH = 3.0  # seconds that the tombstones of a workspace are cached
SETTLED = 2 * FRESH + 2  # seconds after which every process has a new tombstone and has finished records in flight
_OVERLAP = timedelta(hours=1)  # read again each time, because other machines' clocks may be behind


def is_gone(created_at: datetime, erased_at: datetime | None) -> bool:
    """Return whether data created at that time is covered by the erasure."""
    return erased_at is not None and created_at <= erased_at


class ErasureGuard:
    """Caches the tombstones of workspaces; one per process. Raises DependencyAway."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._mongo = mongo
        self._clock = clock
        self._known: dict[str, _Known] = {}

    async def since(self, workspace: str, who: str) -> datetime | None:
        """Return when a customer was erased, or None. who: the customer's id, an identity (`+…` or `bsuid:…`), or a
        conversation's id.
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
        """Return whether a record about a customer, created at that time, must be skipped."""
        return is_gone(created_at, await self.since(workspace, who))

    async def forbid_message(self, message: InboundMessage) -> bool:
        """Return whether a message must be skipped because its sender was erased: by the provider's time, or because
        the message itself was erased. Checks all identities of the sender, so it works before the sender is resolved.
        """
        people = {*identities_of(message.sender), message.sender.identity, message.conversation_id}
        erased_at = await self._latest(message.workspace, people)
        if erased_at is None:
            return False
        return is_gone(provider_time(message), erased_at) or await Tombstones(
            self._mongo, message.workspace
        ).had_message(message.id)

    async def forbid_report(self, report: WrittenOnPhone | ConsentChanged) -> bool:
        """Return whether a provider's report must be skipped because its customer was erased."""
        identities = with_user_id(report.identity, report.bsuid)
        people = {*identities, report.identity, report.customer_id, report.conversation_id}
        return is_gone(provider_time(report), await self._latest(report.workspace, people - {""}))

    async def _latest(self, workspace: str, people: Iterable[str]) -> datetime | None:
        times = [await self.since(workspace, who) for who in people]
        return max((at for at in times if at is not None), default=None)


class _Known:
    """Cached tombstones of one workspace."""

    def __init__(self, erased: Tombstones, clock: Clock) -> None:
        self.tombstones: dict[str, datetime] = {}
        self._erased = erased
        self._clock = clock
        self._read_at: float | None = None
        self._reading = asyncio.Lock()

    def is_fresh(self) -> bool:
        return self._read_at is not None and self._clock.monotonic() - self._read_at < FRESH

    async def refresh(self) -> None:
        """Read new tombstones; concurrent callers wait for the same read."""
        async with self._reading:
            if self.is_fresh():
                return
            asked_at = self._clock.monotonic()
            latest = max(self.tombstones.values(), default=None)
            self.tombstones |= await self._erased.after(latest - _OVERLAP if latest else None)
            self._read_at = asked_at
