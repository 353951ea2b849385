"""Chooses the number of shards that a conversation's records are keyed by. Pure.

When a workspace's `shards` changes, most of its conversations get another key, and another partition. A message or AI
request in flight in the old partition could then be overtaken by the next answer in the new one. So a conversation
keeps its number of shards until no decision has been made on it for a while.
"""

from datetime import datetime, timedelta

import msgspec

from shared.domain.conversation import Conversation

_QUIET = timedelta(minutes=5)


def with_shards(conversation: Conversation, shards: int, now: datetime) -> Conversation:
    """Return the conversation as of this decision. shards: the workspace's present setting."""
    decided_at = conversation.decided_at
    moves = decided_at is None or (now - decided_at > _QUIET and not conversation.through_ai)
    return msgspec.structs.replace(conversation, shards=shards if moves else conversation.shards, decided_at=now)
