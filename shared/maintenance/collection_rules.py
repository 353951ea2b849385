"""Rules for each collection: the effect of a customer's erasure, and its place in backups. Every collection has a rule
(`tests/unit/test_collection_rules.py`).
"""

from dataclasses import dataclass
from enum import StrEnum


class Erasure(StrEnum):
    """REMOVED: `Eraser` removes the documents about the customer. BARED: it removes what tells who the customer is.
    NOTHING_PERSONAL: no document is about a customer; ids alone, which lead nowhere after an erasure, are allowed.
    EXPIRES: documents may name a customer until their time is over, for the given reason.
    """

    REMOVED = "removed"
    BARED = "bared"
    NOTHING_PERSONAL = "nothing personal"
    EXPIRES = "expires"


@dataclass(frozen=True, slots=True)
class CollectionRule:
    """The effect of an erasure on a collection, and its place in backups. why: for the rules that keep documents.
    backed_up: the documents are in backups.
    """

    erasure: Erasure
    why: str = ""
    backed_up: bool = True


_REMOVED = CollectionRule(Erasure.REMOVED)


def _kept(why: str) -> CollectionRule:
    return CollectionRule(Erasure.NOTHING_PERSONAL, why)


RULES: dict[str, CollectionRule] = {
    # About customers.
    "conversations": _REMOVED,
    "messages": _REMOVED,
    "outbound": _REMOVED,
    "ai_calls": _REMOVED,
    "summaries": _REMOVED,
    "customers": _REMOVED,
    "unanswered": _REMOVED,
    "broadcast_recipients": _REMOVED,
    "notes": _REMOVED,
    "conversation_changes": _REMOVED,
    "seen": _REMOVED,
    "drafts": _REMOVED,
    "webhook_log": _REMOVED,
    "replay_results": CollectionRule(Erasure.REMOVED, backed_up=False),  # a replay can be run again
    "job_files": CollectionRule(Erasure.REMOVED, backed_up=False),  # all of the workspace: any may name the customer
    "media": CollectionRule(Erasure.REMOVED, backed_up=False),  # most are fetched from the provider again
    "media_chunks": CollectionRule(Erasure.REMOVED, backed_up=False),
    "orders": CollectionRule(Erasure.BARED, "orders stay for the books, without the customer"),
    "identities": CollectionRule(Erasure.BARED, "the link stays without its key, so that caches drop it"),
    "webhook_deliveries": CollectionRule(Erasure.EXPIRES, "events have ids and no text; retried for a day"),
    "account_events": CollectionRule(Erasure.EXPIRES, "reports on accounts and numbers of ours; kept for 90 days"),
    "audit": CollectionRule(Erasure.EXPIRES, "names of changed fields and ids, no values of customers"),
    # Of workspaces and their members.
    "erased": _kept("tombstones: ids and times of erasures"),
    "workspaces": _kept("the workspace file"),
    "flows": _kept("texts of the workspace"),
    "flow_drafts": _kept("texts of the workspace"),
    "flow_layouts": _kept("positions of steps"),
    "flow_tests": _kept("texts of the workspace"),
    "templates": _kept("definitions at the provider"),
    "broadcasts": _kept("content and audience by rule; recipients are in `broadcast_recipients`"),
    "channels": _kept("states of channels"),
    "usage": _kept("counts; conversation ids of notices"),
    "statistics": _kept("counts"),
    "statistics_progress": _kept("times until when counts are made"),
    "dead_letter_replays": _kept("ids of letters"),
    "letters": CollectionRule(Erasure.NOTHING_PERSONAL, "places of letters, no content", backed_up=False),
    "dead_letter_positions": CollectionRule(Erasure.NOTHING_PERSONAL, "positions in a topic", backed_up=False),
    "migrations": _kept("names of migrations"),
    "backups": CollectionRule(Erasure.NOTHING_PERSONAL, "time and size of the last backup", backed_up=False),
    "settings_history": _kept("values of the workspace's own settings"),
    "canned": _kept("texts of members"),
    "views": _kept("filters of members"),
    "users": _kept("members, not customers"),
    "account_links": _kept("members, not customers"),
    "members": _kept("members, not customers"),
    "sessions": _kept("members, not customers"),
    "invitations": _kept("members, not customers"),
    "api_keys": _kept("members, not customers"),
    "operation_outcomes": CollectionRule(Erasure.EXPIRES, "ids, counts and reasons of refusals; kept for a week"),
    "replays": CollectionRule(Erasure.NOTHING_PERSONAL, "texts of the workspace", backed_up=False),
    "jobs": CollectionRule(Erasure.EXPIRES, "ids, counts and who asked; kept for a week", backed_up=False),
}

NOT_BACKED_UP = frozenset(name for name, rule in RULES.items() if not rule.backed_up)
"""Collections that backups leave out."""
