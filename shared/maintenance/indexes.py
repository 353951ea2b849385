"""Creates all indexes; existing ones stay unchanged."""

from shared.repositories import (
    account_events,
    account_links,
    ai_calls,
    api_keys,
    audit,
    broadcast_recipients,
    broadcasts,
    channel_states,
    conversation_changes,
    conversations,
    customers,
    flows,
    identities,
    inbound,
    invitations,
    members,
    notes,
    orders,
    outbound,
    provider_templates,
    sessions,
    statistics,
    summaries,
    tombstones,
    unanswered,
    usage,
    users,
    webhook_deliveries,
    workspaces,
)
from shared.storage.mongo import Mongo

_ALL = (
    account_events,
    workspaces,
    conversations,
    conversation_changes,
    statistics,
    inbound,
    outbound,
    customers,
    identities,
    ai_calls,
    broadcast_recipients,
    broadcasts,
    channel_states,
    tombstones,
    flows,
    notes,
    orders,
    summaries,
    provider_templates,
    unanswered,
    usage,
    webhook_deliveries,
    users,
    members,
    sessions,
    api_keys,
    invitations,
    account_links,
    audit,
)


async def ensure_indexes(mongo: Mongo) -> None:
    """Create missing indexes. Raises DependencyAway."""
    await mongo.ping()  # fails sooner than creating an index does
    for repository in _ALL:
        await mongo.collection(repository.COLLECTION).create_indexes(repository.INDEXES)
