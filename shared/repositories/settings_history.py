"""Changes of settings in the console, with the values before and after, so that each can be undone. Written by the
console. Secrets are never among them: channels and webhooks are no settings.
"""

from datetime import datetime
from typing import Any

import msgspec
from pymongo import IndexModel

from shared.storage.documents import from_document, plain, to_document
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "settings_history"
KEPT_DAYS = 400
_MOST = 100
INDEXES = [
    IndexModel([("workspace", 1), ("section", 1), ("revision", -1)], name="section"),
    IndexModel([("at", 1)], name="retention", expireAfterSeconds=KEPT_DAYS * 24 * 3600),
]


class SettingsChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a section. revision: of the workspace after it. by: `user:<id>` or `key:<id>`. values: `[before,
    after]` of each field that changed, as in the workspace file.
    """

    section: str
    revision: int
    at: datetime
    by: str
    by_name: str
    values: dict[str, tuple[Any, Any]]


class SettingsHistory:
    """Of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def add(self, change: SettingsChange) -> bool:
        """Store a change; return False if one with its section and revision is stored."""
        id_ = f"{self._collection.workspace}:{change.section}:{change.revision}"
        try:
            await self._collection.insert({"_id": id_, **_document(change)})
        except Duplicate:
            return False
        return True

    async def of(self, section: str) -> list[SettingsChange]:
        """Return the last hundred changes of a section, the newest first."""
        found = await self._collection.find({"section": section}, sort=[("revision", -1)], limit=_MOST)
        return [from_document(item, SettingsChange) for item in found]


def _document(change: SettingsChange) -> Document:
    return to_document(change) | {"values": plain(change.values)}
