"""Drafts of flows: a text that is being edited, with what undoes the last edits. Written by the console.

A draft changes only by `save` with the revision that the editor has read, so no edit undoes another one unseen.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import msgspec
from pymongo import IndexModel

from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "flow_drafts"
INDEXES = [IndexModel([("workspace", 1), ("flow", 1)], name="flow")]
MOST_UNDONE = 200
_MOST_CHARACTERS = 1_000_000  # of all patches together


class FlowDraft(msgspec.Struct, frozen=True, kw_only=True):
    """The draft of a flow. base: the published version that it was begun from; empty: none. revision: counts the edits,
    from 1. undo, redo: patches as JSON, the last one is done next.
    """

    flow: str
    source: str
    by: str
    at: datetime
    base: str = ""
    revision: int = 0
    undo: tuple[str, ...] = ()
    redo: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Return the digest that identifies the text."""
        return digest_of(self.source)


class DraftSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A draft without its text."""

    flow: str
    by: str
    at: datetime
    base: str = ""
    revision: int = 0


def digest_of(source: str) -> str:
    """Return what identifies a text."""
    return sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def kept(patches: Sequence[str]) -> tuple[str, ...]:
    """Return the last patches: not too many, and not too large together."""
    found: list[str] = []
    size = 0
    for patch in reversed(patches[-MOST_UNDONE:]):
        size += len(patch)
        if size > _MOST_CHARACTERS:
            break
        found.append(patch)
    return tuple(reversed(found))


class FlowDrafts:
    """Of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def get(self, flow: str) -> FlowDraft | None:
        """Return the draft of a flow."""
        found = await self._collection.find_one({"_id": self._id(flow)})
        return from_document(found, FlowDraft) if found else None

    async def all(self) -> list[DraftSummary]:
        """Return all drafts without their texts, at most a thousand, by flow."""
        fields = dict.fromkeys(("flow", "by", "at", "base", "revision"), 1)
        found = await self._collection.find({"flow": {"$gt": ""}}, fields=fields, sort=[("flow", 1)])
        return [from_document(one, DraftSummary) for one in found]

    async def save(self, draft: FlowDraft) -> FlowDraft | None:
        """Store the next revision of a draft; None: it has another revision than the given one, which is 0 of a new
        one.
        """
        new = msgspec.structs.replace(draft, revision=draft.revision + 1, undo=kept(draft.undo), redo=kept(draft.redo))
        document: Document = to_document(new)
        if not draft.revision:
            try:
                await self._collection.insert({"_id": self._id(draft.flow), **document})
            except Duplicate:
                return None
            return new
        query = {"_id": self._id(draft.flow), "revision": draft.revision}
        return new if await self._collection.update(query, {"$set": document}) else None

    async def remove(self, flow: str, revision: int | None = None) -> bool:
        """Remove a draft, if it has this revision; return whether one was removed."""
        query: Document = {"_id": self._id(flow)}
        return bool(await self._collection.delete(query if revision is None else {**query, "revision": revision}))

    def _id(self, flow: str) -> str:
        return f"{self._collection.workspace}:{flow}"
