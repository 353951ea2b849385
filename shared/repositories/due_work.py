"""Work of delivery that no Kafka record starts, of all workspaces: broadcasts, calls of webhooks out, channels. One
round trip shows whether there is any.
"""

from dataclasses import dataclass
from datetime import datetime

from shared.repositories import broadcast_queue, channel_states, webhook_queue
from shared.storage.mongo import Mongo


@dataclass(frozen=True, slots=True)
class DueWork:
    """The work that is due, in all workspaces. broadcasts: one may be advanced. webhooks: a call is due. channels: one
    is stopped, its last change is to be published, or a message is held.
    """

    broadcasts: bool = False
    webhooks: bool = False
    channels: bool = False


async def find_due_work(mongo: Mongo, owner: str, now: datetime) -> DueWork:
    """Return which work is due for a replica. owner: its name in leases. Raises DependencyAway."""
    broadcasts, webhooks, *channels = await mongo.find_each(
        [
            broadcast_queue.find_due(owner, now),
            webhook_queue.find_due(now),
            channel_states.FIND_STOPPED,
            channel_states.FIND_UNANNOUNCED,
            channel_states.FIND_HELD,
        ]
    )
    return DueWork(broadcasts=bool(broadcasts), webhooks=bool(webhooks), channels=any(channels))
