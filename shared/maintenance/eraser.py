"""Removes a customer from all collections. Orders stay for the books, without the customer.

Only the tombstones, which are written first, keep the data from coming back.
"""

from collections.abc import Collection, Sequence

import msgspec

from shared.domain import ids
from shared.repositories import (
    ai_calls,
    broadcast_recipients,
    conversation_changes,
    conversations,
    customers,
    drafts,
    inbound,
    job_files,
    media_chunks,
    media_store,
    notes,
    orders,
    outbound,
    replay_results,
    seen_marks,
    summaries,
    unanswered,
    webhook_log,
)
from shared.repositories import identities as links
from shared.repositories.identities import Identities
from shared.repositories.media_store import MediaStore
from shared.repositories.tombstones import Tombstones
from shared.storage.mongo import Document, Mongo
from shared.storage.scoped import Scoped

# Fields of an order that stay for the books: the goods, the price, the times and the states.
_OF_ORDERS = ("workspace", "number", "lines", "total", "currency", "state", "states", "placed_at", "updated_at")
_BARE_ORDER: Document = {
    "$replaceWith": {
        "_id": "$_id",
        **{field: f"${field}" for field in _OF_ORDERS},
        "customer_id": "",
        "conversation_id": "",
    }
}
# Those of which each document is about one conversation and is simply removed.
_FILES = (media_chunks.COLLECTION, media_store.COLLECTION)
_ABOUT_CONVERSATIONS = (
    *_FILES,
    drafts.COLLECTION,
    seen_marks.COLLECTION,
    replay_results.COLLECTION,
)
_BATCH = 1000
_MOST_BROADCASTS = 10_000  # to one person
_MAX_CUSTOMERS = 100  # customer documents of one person


class ErasureSubject(msgspec.Struct, frozen=True, kw_only=True):
    """All ids and identities of a customer to erase. identities: all ever seen. keys: see `shared.domain.identities`.

    shared: numbers that belong to another customer by now; messages under them cannot be told apart, and stay with that
    customer.
    """

    customer_ids: tuple[str, ...]
    identities: tuple[str, ...]
    conversation_ids: tuple[str, ...]
    shared: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


class Eraser:
    """Erases within one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._workspace = workspace
        self._links = Identities(mongo, workspace)
        self._erased = Tombstones(mongo, workspace)
        self._files = MediaStore(mongo, workspace)
        self._in = {
            name: Scoped(mongo.collection(name), workspace)
            for name in (
                customers.COLLECTION,
                conversations.COLLECTION,
                inbound.COLLECTION,
                outbound.COLLECTION,
                ai_calls.COLLECTION,
                summaries.COLLECTION,
                notes.COLLECTION,
                orders.COLLECTION,
                unanswered.COLLECTION,
                conversation_changes.COLLECTION,
                broadcast_recipients.COLLECTION,
                webhook_log.COLLECTION,
                job_files.COLLECTION,
                links.COLLECTION,
                *_ABOUT_CONVERSATIONS,
            )
        }

    async def find(self, identities: Sequence[str], customer_id: str, channels: Sequence[str]) -> ErasureSubject:
        """Return the customer with one of the identities (the forms of one number) or with an id.

        channels: of the workspace, so that messages are found even without a customer document. A number means the
        customer who has it now, not an earlier one.
        """
        keys = await self._links.keys_of(identities)
        given = [*([customer_id] if customer_id else []), *(self._id(keys.get(one, one)) for one in identities)]
        found = await self._customers({"$or": [{"_id": {"$in": given}}, {"phone": {"$in": list(identities)}}]})
        if not found:
            # Not in one query with `$or`: MongoDB uses a partial index only if the whole query implies its filter.
            found = await self._customers({"identities": {"$in": list(identities)}})
            found |= await self._customers({"former_ids": {"$in": given}})
        user_ids = [one for item in found.values() for one in _identities(item) if one.startswith("bsuid:")]
        if user_ids:  # a user id never belongs to another person, so customers with the same one are the same person
            found |= await self._customers({"identities": {"$in": user_ids}})
        linked = await self._links.of_keys([*keys.values(), *(self._key(item) for item in found.values())])
        return await self._collect({*identities, *linked}, given, found, channels)

    async def _collect(
        self, identities: set[str], given: Sequence[str], found: dict[str, Document], channels: Sequence[str]
    ) -> ErasureSubject:
        """Collect all identities and ids. identities: the known ones; the found customers may have more."""
        every = {*identities, *(one for item in found.values() for one in _identities(item))}
        keys = await self._links.keys_of(sorted(every))
        derived_id = {one: self._id(keys.get(one, one)) for one in every}
        ids_of_all = {*derived_id.values(), *map(self._id, every)} - found.keys()
        others = await self._customers({"_id": {"$in": sorted(ids_of_all)}})
        shared = {one for one in every if derived_id[one] in others}
        own = every - shared
        former = {one for item in found.values() for one in item.get("former_ids", ())}
        derived_from = {*own, *(keys[one] for one in own if one in keys)}
        derived_from = {one for one in derived_from if self._id(one) not in others}
        conversation_ids = {
            ids.conversation_id(self._workspace, channel, one) for one in derived_from for channel in channels
        }
        conversation_ids |= {one for item in found.values() for one in item.get("conversations", ())}
        customer_ids = {*given, *found, *former, *map(self._id, derived_from)} - others.keys()
        conversation_ids |= await self._of_broadcasts(customer_ids)
        conversation_ids -= {one for item in others.values() for one in item.get("conversations", ())}
        own_keys = {*(keys[one] for one in own if one in keys), *(self._key(item) for item in found.values())}
        return ErasureSubject(
            customer_ids=tuple(sorted(customer_ids)),
            identities=tuple(sorted(own)),
            conversation_ids=tuple(sorted(conversation_ids)),
            shared=tuple(sorted(shared)),
            keys=tuple(sorted(own_keys)),
        )

    async def _of_broadcasts(self, customer_ids: Collection[str]) -> set[str]:
        """Return the conversations of broadcasts' messages to the customer: nothing else names them when their number
        has left the workspace and the customer never wrote to it. Those that another customer has by now are left out.
        """
        wanted: Document = {"customer_id": {"$in": sorted(customer_ids)}}
        sent = await self._in[broadcast_recipients.COLLECTION].find(
            wanted, fields={"conversation_id": 1}, limit=_MOST_BROADCASTS
        )
        found = {item["conversation_id"] for item in sent if item.get("conversation_id")}
        talks = await self._in[conversations.COLLECTION].find(
            {"_id": {"$in": sorted(found)}}, fields={"state.customer_id": 1}, limit=_MOST_BROADCASTS
        )
        return found - {item["_id"] for item in talks if item["state"].get("customer_id") not in customer_ids}

    def _key(self, customer: Document) -> str:
        return links.key_of_customer(self._workspace, customer)

    async def counts(self, subject: ErasureSubject) -> dict[str, int]:
        """Return how many documents of each collection are about the customer; of orders: those that still name one."""
        kept = await self._files.kept_by_others(subject.conversation_ids)
        queries = _queries(self._workspace, subject, kept)
        return {name: await self._in[name].count(query) for name, query in queries.items()}

    async def remove(self, subject: ErasureSubject) -> dict[str, int]:
        """Remove these documents; return their numbers as `counts` does. The customer document goes last, so that an
        interrupted erasure finds the rest by it.
        """
        done: dict[str, int] = {}
        kept = await self._files.kept_by_others(subject.conversation_ids)
        await self._files.leave_to_others(kept, subject.conversation_ids)
        for name, query in _queries(self._workspace, subject, kept).items():
            if name == links.COLLECTION:
                done[name] = await self._in[name].update_many(query, links.tombstone_update())
            elif name == orders.COLLECTION:
                done[name] = await self._in[name].update_many(query, [_BARE_ORDER])
            else:
                done[name] = await self._remove(name, query)
        return done

    async def _remove(self, name: str, query: Document) -> int:
        """Remove in batches, so that no operation exceeds its time limit with a long history."""
        removed = 0
        while found := await self._in[name].find(query, fields={"_id": 1}, limit=_BATCH):
            names = [item["_id"] for item in found]
            if name == inbound.COLLECTION:
                await self._erased.mark_messages(names)
            removed += await self._in[name].delete({"_id": {"$in": names}})
        return removed

    async def _customers(self, query: Document) -> dict[str, Document]:
        found = await self._in[customers.COLLECTION].find(query, limit=_MAX_CUSTOMERS)
        return {item["_id"]: item for item in found}

    def _id(self, identity: str) -> str:
        return ids.customer_id(self._workspace, identity)


def _identities(customer: Document) -> list[str]:
    return [*customer.get("identities", ()), *filter(None, (customer.get("identity"), customer.get("phone")))]


def _queries(workspace: str, subject: ErasureSubject, kept: Collection[str] = ()) -> dict[str, Document]:
    """Return the query for the documents about a customer, by collection. kept: files that others have too."""
    identity_ids = {"$in": [ids.identity_id(workspace, one) for one in subject.identities]}
    own_links: Document = {"$or": [{"key": {"$in": list(subject.keys)}}, {"_id": identity_ids, "key": {"$ne": None}}]}
    conversation_ids, customer_ids = {"$in": list(subject.conversation_ids)}, {"$in": list(subject.customer_ids)}
    return {
        **{name: {"conversation_id": conversation_ids} for name in _ABOUT_CONVERSATIONS},
        **{name: {"conversation_id": conversation_ids, "message_id": {"$nin": sorted(kept)}} for name in _FILES},
        inbound.COLLECTION: {"conversation_id": conversation_ids},
        outbound.COLLECTION: {"conversation_id": conversation_ids},
        ai_calls.COLLECTION: {"conversation_id": conversation_ids},
        summaries.COLLECTION: {"conversation_id": conversation_ids},
        notes.COLLECTION: {"conversation_id": conversation_ids},
        unanswered.COLLECTION: {"conversation_id": conversation_ids},
        conversation_changes.COLLECTION: {"conversation_id": conversation_ids},
        webhook_log.COLLECTION: {"conversation_id": conversation_ids},
        job_files.COLLECTION: {},  # each may name the customer, and a file cannot be searched
        orders.COLLECTION: {"customer_id": customer_ids},
        conversations.COLLECTION: {"_id": conversation_ids},
        broadcast_recipients.COLLECTION: {"customer_id": customer_ids},  # late: conversations are found by them
        links.COLLECTION: own_links,
        customers.COLLECTION: {"_id": customer_ids},
    }
