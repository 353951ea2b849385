"""By which of its workspace's shards a conversation's records go. Pure.

When a workspace is given another number of shards, most of its conversations get another key, and another partition. A
conversation that has something under way (a model at work, a message to be sent) would be overtaken by its own next
answer there. So it keeps its shards until nothing has been decided on it for a while, and then moves.
"""

from datetime import datetime, timedelta

import msgspec

from shared.domain.conversation import Conversation

_QUIET = timedelta(minutes=5)


def with_shards(conversation: Conversation, shards: int, now: datetime) -> Conversation:
    """The conversation as of this decision. shards: how many its workspace has now."""
    decided_at = conversation.decided_at
    moves = decided_at is None or (now - decided_at > _QUIET and not conversation.through_ai)
    return msgspec.structs.replace(conversation, shards=shards if moves else conversation.shards, decided_at=now)
