"""Merges the records of one customer: conversations, history, orders, customer documents.

Each step is idempotent: after a crash in the middle, the redelivered record does the rest.

1. The merged conversation is closed: no further decisions are made on it, and a concurrent decision gets a conflict and
   follows to the other conversation.
2. Its state is merged into the other one, in one guarded update that also records the merge.
3. Its messages and answers get the other's id, with turns after the present ones.
4. The customer's document is merged, the orders get the customer's id, and the identities are linked to the customer.
"""

from collections.abc import Sequence
from datetime import datetime

from shared.domain import ids
from shared.domain.conversation import Conversation, MovedTo, RecordedDecision
from shared.domain.conversation_merge import merge_conversations
from shared.domain.phone import canonical
from shared.errors import Conflict, DependencyAway
from shared.repositories import ai_calls, conversations, customers, inbound, notes, orders, outbound, unanswered
from shared.repositories.conversations import Conversations
from shared.repositories.customers import Customers
from shared.repositories.identities import Identities
from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

_ATTEMPTS = 5
_WITH_TURNS = (inbound.COLLECTION, outbound.COLLECTION, ai_calls.COLLECTION, notes.COLLECTION)
_WITHOUT = (orders.COLLECTION, unanswered.COLLECTION)


class CustomerMerges:
    """Merges of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._mongo = mongo
        self._workspace = workspace
        self._conversations = Scoped(mongo.collection(conversations.COLLECTION), workspace)
        self._orders = Scoped(mongo.collection(orders.COLLECTION), workspace)
        self._customers = Scoped(mongo.collection(customers.COLLECTION), workspace)
        self._history = {name: Scoped(mongo.collection(name), workspace) for name in (*_WITH_TURNS, *_WITHOUT)}

    async def merge(
        self,
        key: str,
        former_key: str,
        at: datetime,
        *,
        identities: Sequence[str] = (),
        expected: Conversation | None = None,
    ) -> None:
        """Merge the customer with the key `former_key` into the one with `key`. identities: known ones of the customer.

        expected: a conversation that the former customer may be about to begin; it is closed before it exists.
        """
        key, former_key = canonical(key), canonical(former_key)
        old_id, new_id = (ids.customer_id(self._workspace, one) for one in (former_key, key))
        if old_id == new_id:
            return
        for conversation in await self._of(old_id, expected):
            await self._merge_conversation(conversation, key, former_key, at)
        await Customers(self._mongo, self._workspace).merge(old_id, new_id, key)
        await self._orders.update_many({"customer_id": old_id}, {"$set": {"customer_id": new_id}})
        await Identities(self._mongo, self._workspace).redirect(key, former_key, identities, at)

    async def finish(self, moved: Conversation, at: datetime) -> None:
        """Finish a conversation's merge into another one, with all its records."""
        if moved.moved_to is not None:
            await self.merge(moved.moved_to.key, moved.moved_to.former_key, at, expected=moved)

    async def _of(self, customer_id: str, expected: Conversation | None) -> list[Conversation]:
        found = await self._customers.find_one({"_id": customer_id}, {"conversations": 1})
        known = await Conversations(self._mongo, self._workspace).get_many((found or {}).get("conversations") or ())
        if expected is not None:
            known.setdefault(expected.id, expected)
        return list(known.values())

    async def _merge_conversation(self, conversation: Conversation, key: str, former_key: str, at: datetime) -> None:
        target_id = ids.conversation_id(self._workspace, conversation.channel, key)
        if target_id == conversation.id:
            return
        moved = MovedTo(conversation_id=target_id, key=key, former_key=former_key)
        before = await self._close(conversation, moved)
        if before is None:
            return
        offset = await self._merge_state(before, moved, at)
        await self._move_history(conversation.id, target_id, offset)

    async def _close(self, conversation: Conversation, moved: MovedTo) -> Conversation | None:
        """Close a conversation; return the state to merge, or None if it has none or was merged elsewhere."""
        change: list[Document] = [
            {"$set": {"state_before": "$state"}},
            {
                "$set": {
                    "state.moved_to": {"$literal": to_document(moved)},
                    "state.version": {"$add": ["$state.version", 1]},
                    "state.waiting_since": None,
                    "state.due_at": None,
                }
            },
        ]
        open_ = {"_id": conversation.id, "state.moved_to": None}
        if not await self._conversations.update(open_, change):
            closed = to_document(conversation) | {"moved_to": to_document(moved), "version": 1}
            try:
                await self._conversations.insert({"_id": conversation.id, "state": closed, "recorded": []})
            except Duplicate:
                await self._conversations.update(open_, change)  # it has just been created
        found = await self._conversations.find_one({"_id": conversation.id}, {"state.moved_to": 1, "state_before": 1})
        if found is None or found["state"]["moved_to"]["conversation_id"] != moved.conversation_id:
            return None
        return from_document(found["state_before"], Conversation) if "state_before" in found else None

    async def _merge_state(self, before: Conversation, moved: MovedTo, at: datetime) -> int:
        """Merge the state into the other conversation; return the offset of its turns there."""
        kept = Conversations(self._mongo, self._workspace)
        cause = ids.derived_id("join", self._workspace, before.id)
        customer_id = ids.customer_id(self._workspace, moved.key)
        for _ in range(_ATTEMPTS):
            into, _recorded = await kept.load(moved.conversation_id, cause)
            for one in into.joined if into else ():
                if one.conversation_id == before.id:
                    return one.offset
            after = merge_conversations(into, before, moved.conversation_id, customer_id)
            note = RecordedDecision(
                cause=cause, turn=after.turn, decision="joined: the customer is known already", at=at
            )
            try:
                await kept.save(after, into.version if into else 0, note)
            except Conflict:
                continue
            return into.turn if into else 0
        raise DependencyAway("mongodb", "a conversation is being changed too often")

    async def _move_history(self, conversation_id: str, target_id: str, offset: int) -> None:
        mine = {"conversation_id": conversation_id}
        for name in _WITH_TURNS:
            change: list[Document] = [
                {"$set": {"conversation_id": target_id, "turn": {"$add": [{"$ifNull": ["$turn", 0]}, offset]}}}
            ]
            await self._history[name].update_many(mine, change)
        for name in _WITHOUT:
            await self._history[name].update_many(mine, {"$set": {"conversation_id": target_id}})
