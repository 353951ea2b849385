"""Creates all indexes; existing ones stay unchanged."""

from pymongo import IndexModel

from shared.repositories import (
    account_events,
    account_links,
    ai_calls,
    api_keys,
    audit,
    broadcast_recipients,
    broadcasts,
    canned_replies,
    channel_states,
    conversation_changes,
    conversations,
    customer_lists,
    customers,
    dead_letter_index,
    drafts,
    flow_drafts,
    flow_layouts,
    flow_tests,
    flows,
    identities,
    inbound,
    invitations,
    job_files,
    jobs,
    media_chunks,
    media_store,
    members,
    notes,
    operation_outcomes,
    orders,
    outbound,
    provider_templates,
    replay_results,
    replays,
    saved_views,
    seen_marks,
    sessions,
    settings_history,
    statistics,
    summaries,
    tombstones,
    unanswered,
    usage,
    users,
    webhook_deliveries,
    webhook_log,
    workspaces,
)
from shared.storage.collection import INDEX_SECONDS
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
    customer_lists,
    dead_letter_index,
    identities,
    ai_calls,
    broadcast_recipients,
    broadcasts,
    canned_replies,
    channel_states,
    drafts,
    job_files,
    jobs,
    media_chunks,
    media_store,
    saved_views,
    seen_marks,
    settings_history,
    tombstones,
    flows,
    flow_drafts,
    flow_layouts,
    flow_tests,
    notes,
    operation_outcomes,
    orders,
    summaries,
    provider_templates,
    replays,
    replay_results,
    unanswered,
    usage,
    webhook_deliveries,
    webhook_log,
    users,
    members,
    sessions,
    api_keys,
    invitations,
    account_links,
    audit,
)


async def ensure_indexes(mongo: Mongo, *, seconds: float = INDEX_SECONDS) -> None:
    """Create missing indexes, within so many seconds for those of a collection. Raises DependencyAway."""
    await mongo.ping()  # fails sooner than creating an index does
    for repository in _ALL:
        await mongo.collection(repository.COLLECTION).create_indexes(repository.INDEXES, seconds=seconds)


async def ensure_lasting_indexes(mongo: Mongo) -> None:
    """Create missing indexes except those by which MongoDB deletes expired documents, and drop these, so that documents
    can be inserted and compared; `ensure_indexes` creates the rest. Raises DependencyAway.
    """
    await mongo.ping()
    for repository in _ALL:
        collection = mongo.collection(repository.COLLECTION)
        lasting = [index for index in repository.INDEXES if not _expires(index)]
        for index in repository.INDEXES:
            if _expires(index):
                await collection.drop_index(index.document["name"])
        if lasting:
            await collection.create_indexes(lasting)


def _expires(index: IndexModel) -> bool:
    return "expireAfterSeconds" in index.document
