"""Customers. The router writes them; operators' imports and tags too (docs/decisions/0015-writers-of-customers.md).

Each change is one atomic update of one document, and harmless when it comes again: see `customer_changes`.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pymongo import IndexModel

from shared.domain import ids
from shared.domain.conversation import CustomerChange
from shared.domain.customer import customer_view
from shared.messages.inbound import InboundMessage
from shared.repositories import customer_changes, customer_search
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped
from shared.workspace.config import Segment
from shared.workspace.segments import query_of

COLLECTION = "customers"
INDEXES = [
    IndexModel([("workspace", 1), ("_id", 1)], name="pages"),
    IndexModel([("workspace", 1), ("last_contacted_at", -1)], name="recent"),
    IndexModel([("workspace", 1), ("phone", 1)], name="phone"),
    IndexModel([("workspace", 1), ("identities", 1)], name="identities"),
    IndexModel([("workspace", 1), ("name_keys", 1)], name="names"),
    IndexModel([("workspace", 1), ("tags", 1)], name="tags"),
    IndexModel(
        [("workspace", 1), ("former_ids", 1)],
        name="former",
        partialFilterExpression={"former_ids": {"$exists": True}},
    ),
]
PAGE = 500


class Customers:
    """Of one workspace. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def record_contact(self, customer_id: str, message: InboundMessage, at: datetime) -> bool:
        """A customer wrote: make the customer if new, bring what is known up to date. Doing it again is harmless.

        Whether the customer is new. Whoever calls has asked `shared.repositories.erasure_guard` whether the message may
        still be stored.
        """
        change = customer_changes.record_contact(message, at)
        try:
            return await self._collection.write({"_id": customer_id}, change, upsert=True)
        except Duplicate:  # two replicas made the same new customer at once
            await self._collection.write({"_id": customer_id}, change)
            return False

    async def register(self, customer_id: str, identity: str, phone: str, conversation_id: str, at: datetime) -> None:
        """Make the customer if there is none: somebody was written to, or told the provider something, and may never
        have written. Doing it again is harmless.
        """
        change = customer_changes.register(identity, phone, conversation_id, at)
        if await self._change(customer_id, {}, change):
            return
        try:
            await self._collection.update({"_id": customer_id}, change, upsert=True)
        except Duplicate:  # two replicas made the same new customer at once
            await self._collection.update({"_id": customer_id}, change)

    async def get(self, customer_id: str) -> dict[str, Any] | None:
        """All that is known about a customer, as `shared.domain.customer.customer_view` describes it."""
        found = await self._collection.look_up({"_id": customer_id}, None)
        return customer_view(found) if found else None

    async def many(self, customer_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The same for several, by the id that was asked for; who has moved is found by a former one. Who is not there
        is left out.
        """
        wanted = set(customer_ids)
        either = {"$or": [{"_id": {"$in": sorted(wanted)}}, {"former_ids": {"$in": sorted(wanted)}}]}
        found = await self._collection.find(either, limit=max(1, 2 * len(wanted)))
        moved = {id_: customer_view(item) for item in found for id_ in wanted & set(item.get("former_ids", ()))}
        return moved | {item["_id"]: customer_view(item) for item in found if item["_id"] in wanted}

    async def apply(self, customer_id: str, change: CustomerChange, cause: str, at: datetime) -> bool:
        """Carry out a change, once for each cause; False when it was before, or there is no such customer.

        at: when it was decided. Whatever has been set later than that stays, so a change may come late.
        """
        pipeline = customer_changes.changed(change, cause, at)
        return await self._change(customer_id, {"causes": {"$ne": cause}}, pipeline)

    async def mark_undeliverable(self, customer_id: str, at: datetime) -> bool:
        """Note that nothing could be delivered to the customer at a time; False when there is no such customer."""
        return await self._change(customer_id, {}, customer_changes.mark_undeliverable(at))

    async def count_order(self, customer_id: str, order: Mapping[str, Any], cause: str, at: datetime) -> bool:
        """Count an order (number, state, total, currency, placed_at), once for each cause; False as with `apply`."""
        kept = customer_changes.KEPT
        unknown: Document = {
            "order_causes.cause": {"$ne": cause},
            "$or": [  # one that is older than all that are remembered was counted long ago
                {f"order_causes.{kept - 1}": {"$exists": False}},
                {"order_causes.0.at": {"$lte": at}},
            ],
        }
        return await self._change(customer_id, unknown, customer_changes.count_order(order, cause, at))

    async def update_order_state(self, customer_id: str, number: str, state: str) -> bool:
        """Note the new state of an order; False when it is not among the customer's recent ones."""
        change = {"$set": {"recent_orders.$.state": state}}
        return await self._change(customer_id, {"recent_orders.number": number}, change)

    async def merge(self, old_id: str, new_id: str, key: str) -> None:
        """Two customers are one: all that is known of the one goes to the other, whose key is given.

        Changes that still name the old id find the new one. Doing it again is harmless, also after a crash in the
        middle; who is made again under the old id meanwhile is merged once more.
        """
        old = await self._collection.find_one({"_id": old_id})
        if old is None or new_id == old_id:
            return
        token = f"{old_id}@{old.get('first_seen_at')}"
        target: Document = {"_id": new_id, "merges": {"$ne": token}}
        change = customer_changes.merged(old, key, token)
        try:
            await self._collection.update(target, change, upsert=True)
        except Duplicate:  # it went there before, unless the customer was made this very moment
            await self._collection.update(target, change)
        as_read = {name: old.get(name) for name in ("marks", "causes", "conversations")}
        if await self._collection.delete({"_id": old_id, **as_read}):
            return
        changed = await self._collection.find_one({"_id": old_id})  # while it was being merged
        if changed is not None:
            await self._collection.update({"_id": new_id}, customer_changes.stricter(changed))
            await self._collection.delete({"_id": old_id})

    async def change_address(self, customer_id: str, phone: str | None, bsuid: str | None) -> None:
        """Set a customer's new number (E.164) or user id; idempotent."""
        await self._collection.update({"_id": customer_id}, customer_changes.change_address(phone, bsuid))

    async def find(self, text: str, *, region: str = "", limit: int = 20) -> list[dict[str, Any]]:
        """Those that an operator means: see `customer_search.query_for`. region: of national phone numbers."""
        if not text.strip():
            return []
        found = await self._collection.find(customer_search.search_query(text, region), sort=[("_id", 1)], limit=limit)
        return [customer_view(item) for item in found]

    async def recent(self, limit: int) -> list[dict[str, Any]]:
        """Those who wrote last, the latest first; those who never did are not among them."""
        wrote: Document = {"last_contacted_at": {"$gt": datetime.min.replace(tzinfo=UTC)}}
        found = await self._collection.find(wrote, sort=[("last_contacted_at", -1)], limit=limit)
        return [customer_view(item) for item in found]

    async def page(
        self, segment: Segment | None, now: datetime, *, after: str = "", limit: int = PAGE
    ) -> tuple[list[dict[str, Any]], str]:
        """At most `limit` customers of a segment (None: all) behind a cursor, and the cursor behind them, empty at the
        end. Those who are there all the time are met exactly once, whatever changes meanwhile.
        """
        query: Document = query_of(segment, now) if segment else {}
        found = await self._collection.find({**query, "_id": {"$gt": after}}, sort=[("_id", 1)], limit=limit)
        return [customer_view(item) for item in found], found[-1]["_id"] if len(found) == limit else ""

    async def stream(self, segment: Segment | None, now: datetime) -> AsyncIterator[dict[str, Any]]:
        """All customers of a segment (None: all), a page at a time."""
        after, more = "", True
        while more:
            customers, after = await self.page(segment, now, after=after)
            for customer in customers:
                yield customer
            more = bool(after)

    async def count(self, segment: Segment | None, now: datetime) -> int:
        """How many a segment has; None: all."""
        return await self._collection.count(query_of(segment, now) if segment else {})

    async def ids_by_identity(self, identities: Sequence[str]) -> dict[str, str]:
        """Which of the identities belong to a customer: its id by identity. At most a few thousand at once."""
        wanted = set(identities)
        query: Document = {"$or": [{"identities": {"$in": sorted(wanted)}}, {"phone": {"$in": sorted(wanted)}}]}
        fields = {"identities": 1, "phone": 1}
        found = await self._collection.find(query, fields=fields, sort=[("_id", 1)], limit=max(1, 2 * len(wanted)))
        owners: dict[str, tuple[int, str]] = {}
        for item in found:
            for identity in wanted & {*item.get("identities", ()), item.get("phone")}:
                rank = 0 if item.get("phone") == identity else self._rank(identity, item["_id"])
                owners[identity] = min((rank, item["_id"]), owners.get(identity, (9, "")))
        return {identity: owner for identity, (_, owner) in owners.items()}

    def _rank(self, identity: str, customer_id: str) -> int:
        """An identity is its own customer's before it is anybody's who had it earlier."""
        return 1 if ids.customer_id(self._collection.workspace, identity) == customer_id else 2

    async def put(self, rows: Sequence[tuple[str, list[Document]]]) -> tuple[int, int]:
        """Make or change customers as `customer_changes.imported` says: how many are new, and how many changed."""
        changes: list[tuple[Document, list[Document]]] = [({"_id": id_}, change) for id_, change in rows]
        try:
            return await self._collection.upsert_each(changes)
        except Duplicate:  # somebody made one of them meanwhile; all of it again changes only what is left
            return await self._collection.upsert_each(changes)

    async def _change(self, customer_id: str, guard: Document, change: Document | list[Document]) -> bool:
        if await self._collection.update({"_id": customer_id, **guard}, change):
            return True
        return bool(await self._collection.update({"former_ids": customer_id, **guard}, change))
