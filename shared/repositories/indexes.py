"""All indexes; making them again changes nothing."""

from shared.repositories import ai_calls, channel_states, conversations, customers, inbound, outbound, workspaces
from shared.repositories.mongo import Mongo


async def ensure_indexes(mongo: Mongo) -> None:
    """Create what is missing. Raises DependencyAway."""
    for repository in (workspaces, conversations, inbound, outbound, customers, ai_calls, channel_states):
        await mongo.collection(repository.COLLECTION).create_indexes(repository.INDEXES)
