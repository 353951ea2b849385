"""Definitions of templates as providers have them, by account. Writer: `parley templates sync`; delivery reads.

What a workspace file says of a template comes before what is here.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from pymongo import IndexModel

from shared.repositories.mongo import Document, Mongo
from shared.repositories.scoped import Scoped
from shared.templates import TemplateDefinition

COLLECTION = "templates"
INDEXES = [IndexModel([("workspace", 1), ("account", 1), ("name", 1)], name="of_account")]
_MOST = 10_000


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A definition, the provider's word for its state (`APPROVED`, `PAUSED`, …), and when that was asked."""

    definition: TemplateDefinition
    status: str
    account: str
    at: datetime


class Templates:
    """Of one workspace. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def replace(self, account: str, found: Sequence[tuple[TemplateDefinition, str]], at: datetime) -> int:
        """What an account has now, each with its status; others that were known of it are gone. How many went."""
        for definition, status in found:
            key = self._id(account, definition.name, definition.language)
            await self._collection.update({"_id": key}, {"$set": _fields(account, definition, status, at)}, upsert=True)
        gone: list[Document] = await self._collection.find(
            {"account": account, "at": {"$lt": at}}, fields={"_id": 1}, limit=_MOST
        )
        for document in gone:
            await self._collection.delete({"_id": document["_id"]})
        return len(gone)

    async def get(self, account: str, name: str, language: str) -> Known | None:
        """One definition."""
        found = await self._collection.find_one({"_id": self._id(account, name, language)})
        return _known(found) if found else None

    async def all(self) -> list[Known]:
        """All of them, at most ten thousand, by account and name."""
        found = await self._collection.find({}, sort=[("account", 1), ("name", 1)], limit=_MOST)
        return [_known(document) for document in found]

    def _id(self, account: str, name: str, language: str) -> str:
        return f"{self._collection.workspace}:{account}:{name}:{language}"


def _known(document: Document) -> Known:
    definition = TemplateDefinition.model_validate(document["definition"], extra="ignore")
    return Known(definition=definition, status=document["status"], account=document["account"], at=document["at"])


def _fields(account: str, definition: TemplateDefinition, status: str, at: datetime) -> Document:
    return {
        "account": account,
        "name": definition.name,
        "status": status,
        "at": at,
        "definition": definition.model_dump(mode="json"),
    }
