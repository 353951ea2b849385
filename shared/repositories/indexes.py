"""All indexes; making them again changes nothing."""

from shared.repositories import (
    ai_calls,
    channel_states,
    conversations,
    customers,
    erased,
    flows,
    inbound,
    orders,
    outbound,
    summaries,
    unanswered,
    usage,
    workspaces,
)
from shared.repositories.mongo import Mongo

_ALL = (
    workspaces,
    conversations,
    inbound,
    outbound,
    customers,
    ai_calls,
    channel_states,
    erased,
    flows,
    orders,
    summaries,
    unanswered,
    usage,
)


async def ensure_indexes(mongo: Mongo) -> None:
    """Create what is missing. Raises DependencyAway."""
    for repository in _ALL:
        await mongo.collection(repository.COLLECTION).create_indexes(repository.INDEXES)
