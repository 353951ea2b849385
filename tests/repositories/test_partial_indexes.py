"""Every partial index serves the queries that it was made for.

MongoDB uses a partial index only for a query that as a whole implies the index's filter; otherwise it reads the
documents of a broader index, or all, and nobody notices. Each query here runs among thousands of documents that it does
not match.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from pymongo import IndexModel

from shared.clock import FixedClock
from shared.domain import ids
from shared.domain.broadcast import RecipientState
from shared.domain.conversation import Conversation, Mode
from shared.maintenance import indexes
from shared.maintenance.eraser import Eraser
from shared.repositories.broadcast_queue import BroadcastQueue
from shared.repositories.broadcast_recipients import BroadcastRecipients
from shared.repositories.channel_states import FIND_HELD, FIND_STOPPED, FIND_UNANNOUNCED, ChannelStates
from shared.repositories.conversations import Conversations
from shared.repositories.customer_lists import CustomerLists
from shared.repositories.customers import Customers
from shared.repositories.identities import Identities
from shared.repositories.identity_cache import IdentityCache
from shared.repositories.inbox import Folder, Inbox, InboxView, Sort
from shared.repositories.memberships import Memberships
from shared.repositories.outbound import OutboundMessages
from shared.repositories.running_flows import RunningFlows
from shared.repositories.timers import DueConversations
from shared.repositories.visibility import EVERYTHING, Visibility
from shared.storage.documents import to_document
from shared.storage.mongo import Document, Mongo
from tests.profiler import profiled
from tests.repositories.builders import NOW

MANY = 3000
FEW = 3
EXAMINED = 20  # keys, and documents: those that match, and the ends of ranges
LEASE = timedelta(seconds=20)
ANN = Visibility(member="ann", only_own_and_unassigned=True)

Query = Callable[[Mongo], Awaitable[object]]


@dataclass(frozen=True)
class Case:
    """The queries of one index. matching: fields of the few documents that they match; other: of all the others."""

    queries: dict[str, Query]
    matching: Document = field(default_factory=dict)
    other: Document = field(default_factory=dict)


def _conversation(**state: Any) -> Document:
    made = Conversation(
        id="c", workspace="acme", channel="main", provider="meta", customer_id="u", address="234803", version=1
    )
    stored = to_document(msgspec.structs.replace(made, **{"last_inbound_at": NOW, **state}))
    return {"state": stored, "last_inbound_at": NOW, "recorded": []}


def _recipient(**values: Any) -> Document:
    made = {"broadcast": "b1", "customer_id": "u", "identity": "+234803", "reached": RecipientState.QUEUED.value}
    return {**made, "reason": "", "look_at": None, "result_at": None, **values}


def _customer(**values: Any) -> Document:
    return {"identity": "+234803", "tags": [], "last_contacted_at": NOW, "first_seen_at": NOW, **values}


def _recipients(mongo: Mongo) -> BroadcastRecipients:
    return BroadcastRecipients(mongo, "acme")


def _page(view: InboxView, sees: Visibility = EVERYTHING) -> dict[str, Query]:
    return {
        "page": lambda mongo: Inbox(mongo, "acme").page(view, limit=FEW, sees=sees),
        "count": lambda mongo: Inbox(mongo, "acme").count(view, sees=sees),
    }


HUMAN, IN_FLOW = {"mode": Mode.HUMAN}, {"flow": "survey", "version": "1", "step": "ask"}
OUTBOUND = {"channel": "main", "first_claimed_at": NOW}
CASES: dict[str, Case] = {
    "broadcast_recipients.due": Case(
        {
            "due": lambda mongo: _recipients(mongo).due("b1", NOW, 9),
            "next due": lambda mongo: _recipients(mongo).next_due("b1"),
        },
        _recipient(look_at=NOW),
        _recipient(),
    ),
    "broadcast_recipients.results": Case(
        {"results": lambda mongo: _recipients(mongo).results("b1", NOW, 9)}, _recipient(result_at=NOW), _recipient()
    ),
    "broadcast_recipients.reasons": Case(
        {
            "reasons": lambda mongo: _recipients(mongo).reasons("b1", RecipientState.FAILED),
            "deferred retries": lambda mongo: _recipients(mongo).deferred_retries("b1", NOW),
        },
        _recipient(reached=RecipientState.FAILED.value, reason="131049: no", not_before=NOW + timedelta(days=1)),
        _recipient(),
    ),
    "broadcasts.due": Case(
        {"due": lambda mongo: BroadcastQueue(mongo).due("me", NOW, lease=LEASE, limit=9)},
        {"look_at": NOW},
        {"look_at": None},
    ),
    "channels.stopped": Case(
        {
            "all": lambda mongo: ChannelStates(mongo).stopped(),
            "of a workspace": lambda mongo: ChannelStates(mongo).stopped_of("acme"),
            "whether there are any": lambda mongo: mongo.find_each([FIND_STOPPED]),
        },
        {"state": "stopped", "channel": "main", "provider": "meta", "credential": "c", "since": NOW},
        {"state": "ok"},
    ),
    "channels.unannounced": Case(
        {
            "all": lambda mongo: ChannelStates(mongo).unannounced(NOW),
            "whether there are any": lambda mongo: mongo.find_each([FIND_UNANNOUNCED]),
        },
        {"state": "ok", "channel": "main", "since": NOW, "mended_at": NOW, "announced": False},
        {"state": "ok", "announced": True},
    ),
    "conversations.people": Case(_page(InboxView(folder=Folder.PEOPLE)), _conversation(**HUMAN), _conversation()),
    "conversations.assigned": Case(
        {
            **_page(InboxView(folder=Folder.MINE, member="ann"), ANN),
            "unassigned": lambda mongo: Inbox(mongo, "acme").page(InboxView(folder=Folder.UNASSIGNED), limit=FEW),
            "closed": lambda mongo: Inbox(mongo, "acme").page(InboxView(folder=Folder.CLOSED), limit=FEW),
        },
        _conversation(**HUMAN, assigned_to="ann"),
        _conversation(),
    ),
    "conversations.labelled": Case(
        {**_page(InboxView(label="vip")), "labels": lambda mongo: Inbox(mongo, "acme").labels()},
        _conversation(labels=("vip",)),
        _conversation(),
    ),
    "conversations.waiting": Case(
        {
            **_page(InboxView(sort=Sort.WAITS)),
            "queue": lambda mongo: Conversations(mongo, "acme").waiting(),
            "length of the queue": lambda mongo: Conversations(mongo, "acme").waiting_count(),
        },
        _conversation(**HUMAN, waiting_since=NOW),
        _conversation(),
    ),
    "conversations.flows": Case(
        {
            "of one flow": lambda mongo: RunningFlows(mongo, "acme").of("survey"),
            "of all": lambda mongo: RunningFlows(mongo, "acme").all(),
        },
        {"state": {"flow": IN_FLOW}},
        {"state": {"flow": None}},
    ),
    "conversations.unclaimed": Case(
        {"due": lambda mongo: DueConversations(mongo).find(NOW, lease=LEASE, limit=9)},
        _conversation(due_at=NOW),
        _conversation(),
    ),
    "customers.tagged": Case(
        {"page": lambda mongo: CustomerLists(mongo, "acme").page(None, "vip", NOW, limit=FEW)},
        _customer(tags=["vip"]),
        _customer(),
    ),
    "customers.username": Case(
        {"search": lambda mongo: Customers(mongo, "acme").find("@ada.l")}, _customer(username="ada.l"), _customer()
    ),
    "customers.former": Case(
        {
            "cards": lambda mongo: Customers(mongo, "acme").cards(["gone"]),
            "several": lambda mongo: Customers(mongo, "acme").get_many(["gone"]),
            "change": lambda mongo: Customers(mongo, "acme").mark_undeliverable("gone", NOW),
            "identities": lambda mongo: Identities(mongo, "acme").key_of(["+2348031234567"]),
            "erasure": lambda mongo: Eraser(mongo, "acme").find(["+2348031234567"], "gone", ["main"]),
        },
        _customer(former_ids=["gone", ids.customer_id("acme", "+2348031234567")]),
        _customer(),
    ),
    "identities.changed": Case(
        {"changed": lambda mongo: IdentityCache(mongo, FixedClock(NOW)).drop_changed()},
        {"key": "k", "changed_at": NOW},
        {"key": "k"},
    ),
    "outbound.held_messages": Case(
        {
            "whether there are any": lambda mongo: mongo.find_each([FIND_HELD]),
            "channels": lambda mongo: ChannelStates(mongo).channels_with_held(),
            "number": lambda mongo: ChannelStates(mongo).how_many_held("acme", "main"),
            "numbers": lambda mongo: ChannelStates(mongo).held_of("acme"),
            "next": lambda mongo: OutboundMessages(mongo, "acme").held_for("none", limit=9),
        },
        {**OUTBOUND, "state": "held"},
        {**OUTBOUND, "state": "sent"},
    ),
    "members.releases": Case(
        {"pending": lambda mongo: Memberships(mongo).pending_releases()},
        {"releases": [{"holder": "ann", "since": NOW}]},
        {"releases": []},
    ),
}
TRIED = [
    pytest.param(name, query, id=f"{name}: {what}")
    for name, case in CASES.items()
    for what, query in case.queries.items()
]


def _partial() -> dict[str, IndexModel]:
    """Return all partial indexes, by collection and name. Without the unique ones: those are constraints."""
    return {
        f"{module.COLLECTION}.{index.document['name']}": index
        for module in indexes._ALL
        for index in module.INDEXES
        if "partialFilterExpression" in index.document and not index.document.get("unique")
    }


def test_every_partial_index_has_a_query() -> None:
    assert set(CASES) == set(_partial())


@pytest.mark.parametrize(("name", "query"), TRIED)
async def test_query_uses_its_partial_index(mongo: Mongo, name: str, query: Query) -> None:
    collection = name.partition(".")[0]
    case = CASES[name]
    rows = [(case.other, MANY // 2), (case.matching, FEW), (case.other, MANY // 2)]
    await mongo.collection(collection).insert_all(
        [
            {"_id": f"{part}{n:05}", "workspace": "acme", **fields}
            for part, (fields, count) in enumerate(rows)
            for n in range(count)
        ]
    )
    keys = ", ".join(f"{key}: {order}" for key, order in _partial()[name].document["key"].items())
    async with profiled(mongo, collection) as profile:
        await query(mongo)
    assert any(f"{{ {keys} }}" in plan for plan in profile.plans), profile.plans
    for one in profile.commands:
        assert one.get("keysExamined", 0) <= EXAMINED, one
        assert one.get("docsExamined", 0) <= EXAMINED, one
