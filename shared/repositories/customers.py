"""Customers. The router writes them; operators' imports and tags too (docs/decisions/0015-writers-of-customers.md).

Each change is one atomic, idempotent update of one document: see `customer_changes`.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pymongo import IndexModel

from shared.domain import ids
from shared.domain.conversation import CustomerChange, CustomerRegistered
from shared.domain.customer import customer_view
from shared.messages.inbound import InboundMessage
from shared.repositories import customer_changes, customer_merge_changes, customer_search
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped
from shared.workspace.config import Segment
from shared.workspace.segments import query_of

COLLECTION = "customers"
INDEXES = [
    IndexModel([("workspace", 1), ("_id", 1)], name="pages"),
    IndexModel([("workspace", 1), ("first_seen_at", -1), ("_id", -1)], name="new"),
    IndexModel([("workspace", 1), ("phone", 1)], name="phone"),
    IndexModel([("workspace", 1), ("identities", 1)], name="identities"),
    IndexModel([("workspace", 1), ("name_keys", 1)], name="names"),
    IndexModel([("workspace", 1), ("tags", 1)], name="tags"),
    IndexModel([("workspace", 1), ("username", 1)], name="username", partialFilterExpression={"username": {"$gt": ""}}),
    IndexModel(
        [("workspace", 1), ("former_ids", 1)],
        name="former",
        partialFilterExpression={"former_ids": {"$exists": True}},
    ),
]
PAGE = 500


class TagState(NamedTuple):
    """The tags of a customer, and the causes of the last fifty changes."""

    tags: frozenset[str]
    causes: frozenset[str]


class Customers:
    """One per workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def record_contact(self, customer_id: str, message: InboundMessage, at: datetime) -> bool:
        """Create or update the customer for a message; return whether the customer is new. Idempotent.

        The caller has asked `shared.repositories.erasure_guard` if the message may be stored.
        """
        change = customer_changes.record_contact(message, at)
        try:
            return await self._collection.write({"_id": customer_id}, change, upsert=True)
        except Duplicate:  # another replica has just created the customer
            await self._collection.write({"_id": customer_id}, change)
            return False

    async def update_contact(self, customer_id: str, message: InboundMessage, at: datetime) -> None:
        """Update the customer for a message as `record_contact` does, but never create one. Idempotent."""
        await self._collection.write({"_id": customer_id}, customer_changes.record_contact(message, at))

    async def register(
        self, customer_id: str, customer: CustomerRegistered, conversation_id: str, at: datetime
    ) -> None:
        """Create a customer who may never have written, if there is none. Idempotent."""
        change = customer_changes.register(customer, conversation_id, at)
        if await self._change(customer_id, {}, change):
            return
        try:
            await self._collection.update({"_id": customer_id}, change, upsert=True)
        except Duplicate:  # another replica has just created the customer
            await self._collection.update({"_id": customer_id}, change)

    async def get(self, customer_id: str) -> dict[str, Any] | None:
        """Return a customer as `shared.domain.customer.customer_view` describes, or None."""
        found = await self._collection.look_up({"_id": customer_id}, None)
        return customer_view(found) if found else None

    async def get_many(self, customer_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return several customers by the requested id, also merged ones by a former id; missing ones are left out."""
        wanted = set(customer_ids)
        found = await self._collection.find({"_id": {"$in": sorted(wanted)}}, limit=max(1, len(wanted)))
        by_id = {item["_id"]: customer_view(item) for item in found}
        if missing := wanted - by_id.keys():
            # Not in one query with `$or`: MongoDB uses a partial index only if the whole query implies its filter.
            merged = await self._collection.find({"former_ids": {"$in": sorted(missing)}}, limit=len(missing))
            by_id |= {id_: customer_view(item) for item in merged for id_ in missing & set(item["former_ids"])}
        return by_id

    async def tag_states(self, customer_ids: Sequence[str]) -> dict[str, TagState]:
        """Return the tags of customers and the causes of their last changes by the requested id, also of merged ones by
        a former id; missing ones are left out.
        """
        wanted, shown = set(customer_ids), {"tags": 1, "causes": 1}
        found = await self._collection.find({"_id": {"$in": sorted(wanted)}}, fields=shown, limit=max(1, len(wanted)))
        by_id = {item["_id"]: _tag_state(item) for item in found}
        if missing := wanted - by_id.keys():
            query: Document = {"former_ids": {"$in": sorted(missing)}}
            merged = await self._collection.find(query, fields=shown | {"former_ids": 1}, limit=len(missing))
            by_id |= {id_: _tag_state(item) for item in merged for id_ in missing & set(item["former_ids"])}
        return by_id

    async def cards(self, customer_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return id, name, phone and username of customers by the requested id, also merged ones by a former id.
        Missing ones have their id only.
        """
        wanted = list(dict.fromkeys(customer_ids))
        shown = {"name": 1, "phone": 1, "username": 1}
        found = await self._collection.find({"_id": {"$in": wanted}}, fields=shown, limit=max(1, len(wanted)))
        by_id = {item["_id"]: item for item in found}
        if missing := [one for one in wanted if one not in by_id]:
            query: Document = {"former_ids": {"$in": missing}}
            merged = await self._collection.find(query, fields=shown | {"former_ids": 1}, limit=len(missing))
            by_id |= {one: item for item in merged for one in missing if one in item["former_ids"]}
        return {one: {**by_id.get(one, {}), "id": by_id.get(one, {}).get("_id", one)} for one in wanted}

    async def apply(self, customer_id: str, change: CustomerChange, cause: str, at: datetime) -> bool:
        """Apply a change once per cause; False if it was applied before, or there is no such customer.

        at: time of the decision. Values set later than that are kept, so a change may come late.
        """
        pipeline = customer_changes.apply_change(change, cause, at)
        return await self._change(customer_id, {"causes": {"$ne": cause}}, pipeline)

    async def mark_undeliverable(self, customer_id: str, at: datetime) -> bool:
        """Note that nothing could be delivered to the customer at a time; False if there is no such customer."""
        return await self._change(customer_id, {}, customer_changes.mark_undeliverable(at))

    async def hold_off(self, customer_id: str, until: datetime) -> bool:
        """Note that the customer gets no marketing until a time; False if there is no such customer."""
        return await self._change(customer_id, {}, customer_changes.hold_off(until))

    async def count_order(self, customer_id: str, order: Mapping[str, Any], cause: str, at: datetime) -> bool:
        """Count an order (number, state, total, currency, placed_at) once per cause; False as with `apply`."""
        kept = customer_changes.MAX_CAUSES
        unknown: Document = {
            "order_causes.cause": {"$ne": cause},
            "$or": [  # one older than all remembered causes was counted before
                {f"order_causes.{kept - 1}": {"$exists": False}},
                {"order_causes.0.at": {"$lte": at}},
            ],
        }
        return await self._change(customer_id, unknown, customer_changes.count_order(order, cause, at))

    async def update_order_state(self, customer_id: str, number: str, state: str) -> bool:
        """Set the state of one of the customer's recent orders; False if it is not among them."""
        change = {"$set": {"recent_orders.$.state": state}}
        return await self._change(customer_id, {"recent_orders.number": number}, change)

    async def merge(self, old_id: str, new_id: str, key: str) -> None:
        """Merge a customer's record into another one's, whose key is given.

        Later changes with the old id apply to the new record. Idempotent, also after a crash in the middle; a record
        that was created again under the old id is merged again.
        """
        old = await self._collection.find_one({"_id": old_id})
        if old is None or new_id == old_id:
            return
        token = f"{old_id}@{old.get('first_seen_at')}"
        target: Document = {"_id": new_id, "merges": {"$ne": token}}
        change = customer_merge_changes.merge_record(old, key, token)
        try:
            await self._collection.update(target, change, upsert=True)
        except Duplicate:  # merged before, or the customer has just been created
            await self._collection.update(target, change)
        as_read = {name: old.get(name) for name in ("marks", "causes", "conversations")}
        if await self._collection.delete({"_id": old_id, **as_read}):
            return
        changed = await self._collection.find_one({"_id": old_id})  # while it was being merged
        if changed is not None:
            await self._collection.update({"_id": new_id}, customer_merge_changes.merge_flags(changed))
            await self._collection.delete({"_id": old_id})

    async def change_address(self, customer_id: str, phone: str | None, bsuid: str | None) -> None:
        """Set a customer's new number (E.164) or user id; idempotent."""
        await self._collection.update({"_id": customer_id}, customer_changes.change_address(phone, bsuid))

    async def find(self, text: str, *, region: str = "", limit: int = 20) -> list[dict[str, Any]]:
        """Find customers by an operator's text: see `customer_search.search_query`. region: for national numbers.

        Names and tags may match very many customers, so those come in the order of the index.
        """
        if not text.strip():
            return []
        index = customer_search.index_of(text)
        found = await self._collection.find(
            customer_search.search_query(text, region), sort=() if index else [("_id", 1)], limit=limit, hint=index
        )
        return [customer_view(item) for item in found]

    async def find_conversations(self, text: str, *, region: str = "", limit: int) -> list[tuple[str, list[str]]]:
        """Return the ids of the customers whom `find` returns, with the ids of their conversations."""
        if not text.strip():
            return []
        index = customer_search.index_of(text)
        found = await self._collection.find(
            customer_search.search_query(text, region),
            fields={"conversations": 1},
            sort=() if index else [("_id", 1)],
            limit=limit,
            hint=index,
        )
        return [(item["_id"], item.get("conversations", [])) for item in found]

    async def recent(self, limit: int) -> list[dict[str, Any]]:
        """Return the customers who wrote last, the latest first; without those who never wrote."""
        wrote: Document = {"last_contacted_at": {"$gt": datetime.min.replace(tzinfo=UTC)}}
        found = await self._collection.find(wrote, sort=[("last_contacted_at", -1)], limit=limit)
        return [customer_view(item) for item in found]

    async def page(
        self, segment: Segment | None, now: datetime, *, after: str = "", limit: int = PAGE
    ) -> tuple[list[dict[str, Any]], str]:
        """Return at most `limit` customers of a segment (None: all) after a cursor, and the next cursor, empty at the
        end. Customers who are in the segment throughout are returned exactly once.
        """
        query: Document = query_of(segment, now) if segment else {}
        found = await self._collection.find({**query, "_id": {"$gt": after}}, sort=[("_id", 1)], limit=limit)
        return [customer_view(item) for item in found], found[-1]["_id"] if len(found) == limit else ""

    async def stream(self, segment: Segment | None, now: datetime) -> AsyncIterator[dict[str, Any]]:
        """Yield all customers of a segment (None: all), reading page by page."""
        after, more = "", True
        while more:
            customers, after = await self.page(segment, now, after=after)
            for customer in customers:
                yield customer
            more = bool(after)

    async def count(self, segment: Segment | None, now: datetime) -> int:
        """Return the size of a segment; None: of all customers."""
        return await self._collection.count(query_of(segment, now) if segment else {})

    async def ids_by_identity(self, identities: Sequence[str]) -> dict[str, str]:
        """Return customers' ids by identity, for identities that have one. At most a few thousand at once."""
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
        """Rank the present owner of an identity before former ones."""
        return 1 if ids.customer_id(self._collection.workspace, identity) == customer_id else 2

    async def import_rows(self, rows: Sequence[tuple[str, list[Document]]]) -> tuple[int, int]:
        """Create or change customers (see `customer_changes.import_row`); return how many are new, and how many
        changed."""
        changes: list[tuple[Document, list[Document]]] = [({"_id": id_}, change) for id_, change in rows]
        try:
            return await self._collection.upsert_each(changes)
        except Duplicate:  # one of them was created meanwhile; the retry changes only the rest
            return await self._collection.upsert_each(changes)

    async def _change(self, customer_id: str, guard: Document, change: Document | list[Document]) -> bool:
        if await self._collection.update({"_id": customer_id, **guard}, change):
            return True
        return bool(await self._collection.update({"former_ids": customer_id, **guard}, change))


def _tag_state(document: Document) -> TagState:
    return TagState(frozenset(document.get("tags") or ()), frozenset(document.get("causes") or ()))
