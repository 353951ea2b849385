"""Customers page by page, those who wrote last first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import IndexModel

from shared.domain.customer import customer_view
from shared.repositories import customers
from shared.storage.mongo import Document, Mongo
from shared.storage.scoped import Scoped
from shared.workspace.config import Segment
from shared.workspace.segments import query_of

COLLECTION = customers.COLLECTION
_LAST_FIRST = [("last_contacted_at", -1), ("_id", -1)]
INDEXES = [
    IndexModel([("workspace", 1), *_LAST_FIRST], name="contacted"),
    IndexModel(
        [("workspace", 1), ("tags", 1), *_LAST_FIRST],
        name="tagged",
        partialFilterExpression={"tags": {"$gt": ""}},
    ),
]


@dataclass(frozen=True, slots=True)
class CustomerPosition:
    """The end of a page. at: when the customer wrote last; None: the customers after it never wrote."""

    at: datetime | None
    id: str


class CustomerLists:
    """Of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def page(
        self, segment: Segment | None, tag: str, now: datetime, *, after: CustomerPosition | None = None, limit: int
    ) -> tuple[list[dict[str, Any]], CustomerPosition | None]:
        """Return at most `limit` customers after a position, and the next position; None: it is the last page.

        segment, tag: only those; None, empty: all. now: for the segment.
        """
        conditions: list[Document] = [query_of(segment, now)] if segment else []
        tag = tag or (segment.tags[0] if segment and segment.tags else "")
        conditions += [{"tags": tag}] if tag else []
        found: list[Document] = []
        for query in _queries(conditions, after):
            found += await self._collection.find(
                query, sort=_LAST_FIRST, limit=limit + 1 - len(found), hint="tagged" if tag else "contacted"
            )
            if len(found) > limit:
                break
        page = found[:limit]
        following = CustomerPosition(page[-1].get("last_contacted_at"), page[-1]["_id"]) if len(found) > limit else None
        return [customer_view(item) for item in page], following


def _queries(conditions: list[Document], after: CustomerPosition | None) -> list[Document]:
    """Return the queries whose results, one after the other, are the page after a position."""
    if after is None:
        return [{"$and": conditions} if conditions else {}]
    never_wrote: Document = {"last_contacted_at": None}
    if after.at is None:
        return [{"$and": [*conditions, never_wrote, {"_id": {"$lt": after.id}}]}]
    behind: list[Document] = [
        {"last_contacted_at": {"$lte": after.at}},
        {"$nor": [{"last_contacted_at": after.at, "_id": {"$gte": after.id}}]},
    ]
    return [{"$and": [*conditions, *behind]}, {"$and": [*conditions, never_wrote]}]
