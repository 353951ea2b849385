"""Templates of a provider's account: their definitions, and their states there.

Writers: `parley templates sync` stores definitions and states; delivery stores states from account events and refusals.
The newest report of a state counts. A definition in the workspace file goes before the one stored here.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from pymongo import IndexModel

from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped
from shared.templates.definitions import ReportedTemplate, TemplateDefinition

COLLECTION = "templates"
INDEXES = [IndexModel([("workspace", 1), ("account", 1), ("name", 1)], name="of_account")]
_MOST = 10_000
_OF_STATUS = frozenset({"status", "status_at", "until", "reason"})


class ProviderTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A template. definition: None where only its state was reported. status, category, quality: the provider's words
    (`APPROVED`, `PAUSED`, …; `MARKETING`, …; `RED`, …), empty where nothing was reported. at: when the provider was
    last asked. until: when the status expires. reason: of the status, in the provider's word.
    """

    definition: TemplateDefinition | None
    status: str
    account: str
    at: datetime
    name: str = ""
    language: str = ""
    category: str = ""
    quality: str = ""
    until: datetime | None = None
    reason: str = ""

    def status_at(self, now: datetime) -> str:
        """Return the status as of now; empty when it has expired."""
        return "" if self.until is not None and now >= self.until else self.status


class ProviderTemplates:
    """Of one workspace. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def replace(self, account: str, found: Sequence[ReportedTemplate], at: datetime) -> int:
        """Store all templates of an account as of that time, and remove the others; return how many were removed. A
        quality that the provider does not say stays as it was reported last, and a status that was reported later.
        """
        for one in found:
            key = self._id(account, one.definition.name, one.definition.language)
            await self._collection.update({"_id": key}, _change(account, one, at), upsert=True)
        gone: list[Document] = await self._collection.find(
            {"account": account, "at": {"$lt": at}}, fields={"_id": 1}, limit=_MOST
        )
        for document in gone:
            await self._collection.delete({"_id": document["_id"]})
        return len(gone)

    async def record_report(
        self,
        account: str,
        name: str,
        language: str,
        at: datetime,
        *,
        status: str = "",
        category: str = "",
        quality: str = "",
        reason: str = "",
        until: datetime | None = None,
        changed: bool = False,
    ) -> bool:
        """Store the provider's report on a template as of that time; False when a newer one is stored. until: when the
        status expires. reason: of the status. changed: its text has changed, so its definition is dropped.
        """
        if not (status or category or quality or changed):
            return False
        key: Document = {"_id": self._id(account, name, language)}
        about = {"account": account, "name": name, "language": language}
        values: Document = {"category": category} if category else {}
        values |= {"quality": quality} if quality else {}
        change: Document = {"$set": about | values, "$setOnInsert": {"at": at}}
        if changed:
            change["$unset"] = {"definition": ""}
        if status:
            change["$set"] |= {"status": status, "status_at": at, "until": until, "reason": reason}
            key["$or"] = [{"status_at": {"$exists": False}}, {"status_at": {"$lte": at}}]
        try:
            await self._collection.update(key, change, upsert=True)
        except Duplicate:  # it is stored, and the filter excluded it
            return False
        return True

    async def get(self, account: str, name: str, language: str) -> ProviderTemplate | None:
        """Return one template."""
        found = await self._collection.find_one({"_id": self._id(account, name, language)})
        return _known(found) if found else None

    async def languages(self, account: str, name: str) -> list[str] | None:
        """Return the languages in which an account has a template; None: its templates were never synchronised."""
        asked: Document = {"account": account, "definition": {"$exists": True}}
        found = await self._collection.find({"account": account, "name": name}, sort=[("_id", 1)], limit=100)
        if not found and await self._collection.find_one(asked, {"_id": 1}) is None:
            return None
        return [_known(document).language for document in found]

    async def all(self) -> list[ProviderTemplate]:
        """Return all templates, at most ten thousand, by account and name."""
        found = await self._collection.find({}, sort=[("account", 1), ("name", 1)], limit=_MOST)
        return [_known(document) for document in found]

    def _id(self, account: str, name: str, language: str) -> str:
        return f"{self._collection.workspace}:{account}:{name}:{language}"


def _known(document: Document) -> ProviderTemplate:
    raw = document.get("definition")
    definition = TemplateDefinition.model_validate(raw, extra="ignore") if raw else None
    return ProviderTemplate(
        definition=definition,
        name=document["name"],
        language=document.get("language") or (definition.language if definition else ""),
        status=document.get("status") or "",
        account=document["account"],
        at=document["at"],
        category=document.get("category") or "",
        quality=document.get("quality") or "",
        until=document.get("until"),
        reason=document.get("reason") or "",
    )


def _change(account: str, template: ReportedTemplate, at: datetime) -> list[Document]:
    """Return the pipeline that stores a template of a list; a newer status stays."""
    is_newer = {"$gt": ["$status_at", at]}
    values: Document = {}
    for name, value in _fields(account, template, at).items():
        new: Any = {"$literal": value}
        values[name] = {"$cond": [is_newer, f"${name}", new]} if name in _OF_STATUS else new
    return [{"$set": values}]


def _fields(account: str, template: ReportedTemplate, at: datetime) -> Document:
    definition = template.definition
    return {
        "account": account,
        "name": definition.name,
        "language": definition.language,
        "status": template.status,
        "status_at": at,
        "until": None,
        "reason": template.reason,
        **({"quality": template.quality} if template.quality else {}),
        "category": definition.category,
        "at": at,
        "definition": definition.model_dump(mode="json"),
    }
