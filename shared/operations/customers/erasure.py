"""Erases a customer from all stored data, so that neither running services nor replays bring it back."""

from collections.abc import Awaitable, Callable

from shared.clock import Clock
from shared.maintenance.eraser import Eraser, ErasureSubject
from shared.operations.errors import OperationRefused
from shared.repositories.customer_search import numbers_of
from shared.repositories.tombstones import Tombstones
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace

_MAX_REPEATS = 5  # of removing, while records in flight are still being written


class PhoneNumberInvalid(OperationRefused):
    """Raised when the number of the customer to erase is none."""


async def find_subject(mongo: Mongo, workspace: Workspace, *, phone: str = "", id_: str = "") -> ErasureSubject:
    """Return the customer to erase, by phone number in any form, or by id or `bsuid:…`.

    Raises PhoneNumberInvalid, DependencyAway.
    """
    identities = [id_] if id_.startswith("bsuid:") else []
    if phone and not (identities := numbers_of(phone, workspace.region)):
        raise PhoneNumberInvalid("that is not a phone number")
    channels = [channel.id for channel in workspace.channels]
    return await Eraser(mongo, workspace.workspace).find(identities, "" if identities else id_, channels)


async def erase_customer(
    mongo: Mongo, workspace: str, subject: ErasureSubject, clock: Clock, settle: Callable[[], Awaitable[None]]
) -> dict[str, int]:
    """Write tombstones, wait until every process knows them (`settle`), then remove until nothing is left.

    Messages that the customer writes meanwhile are removed too. Return how many documents of each collection were
    removed. Raises DependencyAway.
    """
    eraser, tombstones = Eraser(mongo, workspace), Tombstones(mongo, workspace)
    ids = (*subject.customer_ids, *subject.conversation_ids)  # commands name only the conversation
    await tombstones.mark(ids, clock.now())
    await settle()
    await tombstones.mark(ids, clock.now())
    removed = await eraser.remove(subject)
    for _ in range(_MAX_REPEATS):
        more = await eraser.remove(subject)
        if not any(more.values()):
            break
        removed = {name: count + more[name] for name, count in removed.items()}
    return removed
