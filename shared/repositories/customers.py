"""Customers. One writer: the router."""

from datetime import datetime

from pymongo import IndexModel

from shared.messages.inbound import InboundMessage
from shared.repositories.documents import plain
from shared.repositories.mongo import Document, Duplicate, Mongo
from shared.repositories.scoped import Scoped

COLLECTION = "customers"
INDEXES = [
    IndexModel([("workspace", 1), ("last_contacted_at", -1)], name="recent"),
    IndexModel([("workspace", 1), ("phone", 1)], name="phone"),
]


class Customers:
    """Of one workspace. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def seen(self, customer_id: str, message: InboundMessage, at: datetime) -> None:
        """A customer wrote: make the customer if new, bring what is known up to date. Doing it again is harmless."""
        sender = message.sender
        known: Document = {
            name: value
            for name, value in (
                ("phone", sender.phone),
                ("bsuid", sender.bsuid),
                ("name", sender.name),
                ("username", sender.username),
            )
            if value
        }
        first: Document = {"identity": sender.identity, "first_seen_at": at}
        if message.context.referral is not None:
            first["lead_source"] = plain(message.context.referral)
        change = {
            "$set": known,
            "$max": {"last_contacted_at": at},
            "$addToSet": {"conversations": message.conversation_id},
            "$setOnInsert": first,
        }
        if not known:
            del change["$set"]
        try:
            await self._collection.update({"_id": customer_id}, change, upsert=True)
        except Duplicate:  # two replicas made the same new customer at once
            await self._collection.update({"_id": customer_id}, change)

    async def get(self, customer_id: str) -> Document | None:
        """All that is known about a customer."""
        return await self._collection.find_one({"_id": customer_id})
