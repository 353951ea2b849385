"""Follows a request that changes the tags of many customers: how many have got the change.

The request is kept for two days, as files of jobs are: an erasure removes it, because it names customers.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import msgspec

from shared.clock import Clock
from shared.domain.conversation import CustomerChange
from shared.domain.ids import derived_id
from shared.domain.jobs import FILES_KEPT
from shared.operations.errors import NotFound
from shared.repositories.customers import Customers, TagState
from shared.repositories.job_files import JobFiles
from shared.storage.mongo import Mongo

_FILE = "tags"


class TagRequestUnknown(NotFound):
    """Raised for a request that nobody made, another one made, or that is not kept any more."""


class TagRequest(msgspec.Struct, frozen=True):
    """A change of the tags of many customers. by: who asked for it."""

    by: str
    customers: tuple[str, ...]
    add: tuple[str, ...]
    remove: tuple[str, ...]

    def command_of(self, request: str, customer: str) -> str:
        """Return the id of the command that changes a customer, for the request's id."""
        return derived_id("tags", request, customer)


@dataclass(frozen=True, slots=True)
class TagProgress:
    """Counts of customers. changed: those that have the change. unknown: those erased meanwhile."""

    customers: int
    changed: int
    unknown: int

    @property
    def done(self) -> bool:
        """True once no customer waits for the change."""
        return self.changed + self.unknown >= self.customers


class TagRequests:
    """Of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str, clock: Clock) -> None:
        self._files = JobFiles(mongo, workspace)
        self._customers = Customers(mongo, workspace)
        self._clock = clock

    async def keep(self, request: str, by: str, customers: Sequence[str], change: CustomerChange) -> TagRequest:
        """Keep a request before its commands are sent; the same id again replaces it."""
        kept = TagRequest(by, tuple(sorted(customers)), change.add_tags, change.remove_tags)
        ends = self._clock.now() + FILES_KEPT
        await self._files.put(request, _FILE, 0, msgspec.json.encode(kept), ends)
        return kept

    async def progress(self, request: str, by: str) -> TagProgress:
        """Return how far a request of somebody's is. Raises TagRequestUnknown."""
        data = await _whole(self._files.read(request, _FILE))
        kept = msgspec.json.decode(data, type=TagRequest) if data else None
        if kept is None or kept.by != by:
            raise TagRequestUnknown("there is no such request, or it is not kept any more")
        states = await self._customers.tag_states(kept.customers)
        changed = sum(
            _has_change(state, kept, kept.command_of(request, customer)) for customer, state in states.items()
        )
        return TagProgress(len(kept.customers), changed, len(kept.customers) - len(states))


def _has_change(state: TagState, kept: TagRequest, command: str) -> bool:
    """Return whether a customer has the change. The last fifty causes are known; an older one shows in the tags."""
    return command in state.causes or (state.tags.issuperset(kept.add) and state.tags.isdisjoint(kept.remove))


async def _whole(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])
