"""The audit log. Entries are only added: no method changes or removes one. MongoDB removes them at `ends_at`."""

from datetime import datetime, timedelta

import msgspec
from pymongo import DESCENDING, IndexModel

from shared.domain import ids
from shared.domain.accounts import AuditEntry
from shared.storage.documents import from_document, plain, to_document
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "audit"
INDEXES = [
    IndexModel([("workspace", 1), ("at", -1), ("_id", -1)], name="newest"),
    IndexModel([("workspace", 1), ("target", 1), ("at", -1), ("_id", -1)], name="target"),
    IndexModel([("workspace", 1), ("by", 1), ("at", -1), ("_id", -1)], name="by"),
    IndexModel([("workspace", 1), ("action", 1), ("at", -1), ("_id", -1)], name="action"),
    IndexModel([("ends_at", 1)], name="ends", expireAfterSeconds=0),
]
KEPT = timedelta(days=400)
_ATTEMPTS = 20  # entries that differ in nothing, within one millisecond


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Empty fields match everything."""

    action: str = ""
    by: str = ""
    target: str = ""
    since: datetime | None = None
    until: datetime | None = None


class AuditLog:
    """The audit log of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def add(self, entry: AuditEntry, *, kept: timedelta = KEPT) -> str:
        """Store an entry and return its id."""
        document = {**to_document(entry), "values": plain(entry.values), "ends_at": entry.at + kept}
        document.pop("id")
        for attempt in range(_ATTEMPTS):
            id_ = self._id(entry, attempt)
            try:
                await self._collection.insert({"_id": id_, **document})
            except Duplicate:
                continue
            return id_
        raise Duplicate("too many equal audit entries at one moment")

    async def page(
        self, wanted: AuditFilter, *, before: tuple[datetime, str] | None = None, limit: int = 50
    ) -> list[AuditEntry]:
        """Return entries, the newest first. before: time and id of the last entry of the page before."""
        query = _query(wanted)
        if before is not None:
            at, id_ = before
            query["$or"] = [{"at": {"$lt": at}}, {"at": at, "_id": {"$lt": id_}}]
        found = await self._collection.find(query, sort=[("at", DESCENDING), ("_id", DESCENDING)], limit=limit)
        return [from_document({**document, "id": document["_id"]}, AuditEntry) for document in found]

    def _id(self, entry: AuditEntry, attempt: int) -> str:
        who = (entry.by_kind, entry.by, entry.session, entry.request)
        return ids.derived_id(
            "audit", self._collection.workspace, entry.at.isoformat(), *who, entry.action, entry.target, str(attempt)
        )


def _query(wanted: AuditFilter) -> Document:
    query: Document = {name: value for name in ("action", "by", "target") if (value := getattr(wanted, name))}
    times = {"$gte": wanted.since, "$lt": wanted.until}
    if limits := {operator: value for operator, value in times.items() if value is not None}:
        query["at"] = limits
    return query
