"""Keeps a restored database from repeating what was sent after its backup. Across all workspaces."""

from datetime import datetime

from shared.domain.broadcast import BroadcastStage
from shared.repositories import broadcasts, outbound
from shared.repositories.outbound_views import OutboundState
from shared.storage.mongo import Mongo

CAUSE = "restore"
"""The cause of the pause of a broadcast."""
_STARTED = [BroadcastStage.SCHEDULED.value, BroadcastStage.RUNNING.value]
_WHY = "the database was restored from a backup: some of its messages may have been sent since"


async def stop_repeating(mongo: Mongo, at: datetime) -> tuple[int, int]:
    """Pause broadcasts that were scheduled or running, and mark held messages as possible duplicates; return how many
    of each. Raises DependencyAway.
    """
    paused = await mongo.collection(broadcasts.COLLECTION).update_many(
        {"stage": {"$in": _STARTED}},
        {"$set": {"stage": BroadcastStage.PAUSED.value, "reason": _WHY, "cause": CAUSE, "look_at": at}},
    )
    marked = await mongo.collection(outbound.COLLECTION).update_many(
        {"state": OutboundState.HELD.value}, {"$set": {"possible_duplicate": True}}
    )
    return paused, marked
