"""Erases a customer from all that is stored; neither running services nor replays bring the data back."""

from collections.abc import Awaitable, Callable

from shared.clock import Clock
from shared.maintenance.eraser import Eraser, ErasureSubject
from shared.repositories.tombstones import Tombstones
from shared.storage.mongo import Mongo

_MOST_REPEATS = 5  # of removing, while records in flight are still being written


async def erase_customer(
    mongo: Mongo, workspace: str, person: ErasureSubject, clock: Clock, settle: Callable[[], Awaitable[None]]
) -> dict[str, int]:
    """Write tombstones, wait until every process knows them (`settle`), then remove until nothing is left.

    Messages that the customer writes meanwhile are removed too. Return how many documents of each collection were
    removed. Raises DependencyAway.
    """
    eraser, tombstones = Eraser(mongo, workspace), Tombstones(mongo, workspace)
    ids = (*person.customer_ids, *person.conversation_ids)  # commands name only the conversation
    await tombstones.mark(ids, clock.now())
    await settle()
    await tombstones.mark(ids, clock.now())
    removed = await eraser.remove(person)
    for _ in range(_MOST_REPEATS):
        more = await eraser.remove(person)
        if not any(more.values()):
            break
        removed = {name: count + more[name] for name, count in removed.items()}
    return removed
