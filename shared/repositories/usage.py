"""The usage of a workspace in a calendar month: messages and new customers (written by the router), money (by ai).

Each month has its document, so that old months stay for reports.
"""

from datetime import date
from decimal import Decimal

from pymongo import IndexModel

from shared.domain.limits import UsageCounts
from shared.storage.mongo import Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "usage"
INDEXES = [IndexModel([("workspace", 1), ("month", -1)], name="months")]
_MICRO = 1_000_000  # of a dollar: whole numbers are added without loss


class Usage:
    """The usage of one workspace; services use `UsageMeter`. month: see `shared.domain.limits.local_month`.

    All methods raise DependencyAway.
    """

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)
        self._customers = Scoped(mongo.collection("customers"), workspace)

    async def add(self, month: str, *, messages: int = 0, new_customers: int = 0, ai_usd: Decimal = Decimal(0)) -> None:
        """Add to the counts. Not idempotent: only what is new may be counted."""
        more = {"messages": messages, "new_customers": new_customers, "ai_micro_usd": round(ai_usd * _MICRO)}
        change = {"$inc": {name: count for name, count in more.items() if count}, "$setOnInsert": {"month": month}}
        if not change["$inc"]:
            return
        query = {"_id": f"{self._collection.workspace}:{month}"}
        try:
            await self._collection.update(query, change, upsert=True)
        except Duplicate:  # two replicas began the month at once
            await self._collection.update(query, change)

    async def claim_budget_notice(self, day: str, cause: str) -> bool:
        """Return whether `cause` is to inform the owner that the day's budget for models is spent: the first that
        asks, and the same one whenever it is redelivered. day: see `shared.domain.limits.local_day`; raises ValueError
        if it is no date.
        """
        day = date.fromisoformat(day).isoformat()  # it becomes the name of a field
        query, field = {"_id": f"{self._collection.workspace}:{day[:7]}"}, f"budget_told.{day}"
        change = [{"$set": {"month": day[:7], field: {"$ifNull": [f"${field}", {"$literal": cause}]}}}]
        try:
            found = await self._collection.find_and_update(query, change, fields={field: 1}, after=True, upsert=True)
        except Duplicate:  # two replicas began the month at once
            found = await self._collection.find_and_update(query, change, fields={field: 1}, after=True)
        return bool(found and found["budget_told"][day] == cause)

    async def customers(self, *, limit: int = 0) -> int:
        """Return how many customers there are now; it reads an index entry for each. limit: stop counting there; 0:
        never.
        """
        return await self._customers.count({}, limit=limit)

    async def this_month(self, month: str) -> UsageCounts:
        """Return the usage of a month, without the number of customers."""
        found = await self._collection.find_one({"_id": f"{self._collection.workspace}:{month}"}) or {}
        return UsageCounts(
            messages=found.get("messages", 0),
            new_customers=found.get("new_customers", 0),
            ai_usd=Decimal(found.get("ai_micro_usd", 0)) / _MICRO,
        )
