"""Questions that the bot could not answer, from which the owner makes FAQs. Writer: the router; of examples
the console.

The owner dismisses them (`parley faq dismiss`). A dismissed question is an example of what its nearest FAQ does not
answer; people of the console add such examples too, and take them back. They expire after half a year.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime

import msgspec
from pymongo import IndexModel

from shared.background import RunApart
from shared.domain import conversation
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped
from shared.text.similarity import group_similar

COLLECTION = "unanswered"
KEPT_DAYS = 180
INDEXES = [
    IndexModel([("workspace", 1), ("dismissed_at", 1), ("at", -1)], name="open"),
    IndexModel([("workspace", 1), ("conversation_id", 1)], name="conversation"),
    IndexModel([("at", 1)], name="retention", expireAfterSeconds=KEPT_DAYS * 24 * 3600),
]
Visible = Callable[[Sequence[str]], Awaitable[Collection[str]]]
"""Returns those of some conversations that a person may see."""
_LONGEST = 500  # characters kept of a question
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_SHOWN_TEXTS = 10  # of a group
_READ = 500  # questions that are grouped, the newest


class QuestionGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Similar questions. question: the one that the others are similar to; count: number of questions.

    texts: different ones of them, the latest first. id: for `dismiss`. causes: ids of the questions, oldest first.
    conversation_id: of the last one. nearest: the most similar FAQ question with its score; empty if none is similar.
    """

    id: str
    question: str
    count: int
    first_at: datetime
    last_at: datetime
    nearest: str
    score: float
    causes: tuple[str, ...]
    conversation_id: str
    texts: tuple[str, ...] = ()


class DismissedQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question that the owner dismissed. nearest: the most similar FAQ question, which does not answer it."""

    text: str
    nearest: str

    @property
    def id(self) -> str:
        """The example's id, of its text and FAQ."""
        return hashlib.sha256(f"{self.text}\x1f{self.nearest}".encode()).hexdigest()[:24]


class UnansweredQuestions:
    """One per workspace. All methods raise DependencyAway. apart: groups questions, which takes some 100 ms."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def add(
        self, cause: str, conversation_id: str, effect: conversation.UnansweredQuestion, at: datetime
    ) -> None:
        """Store a question; the same cause again changes nothing. Texts without letters or digits are ignored."""
        text = " ".join(effect.text.replace("\0", " ")[: 4 * _LONGEST].split())[:_LONGEST]
        if not any(char.isalnum() for char in text):
            return
        document = {
            "_id": self._id(cause),
            "cause": cause,
            "conversation_id": conversation_id,
            "text": text,
            "score": effect.score,
            "nearest": effect.nearest[:_LONGEST],
            "at": at,
            "dismissed_at": None,
        }
        try:
            await self._collection.insert(document)
        except Duplicate:
            return

    async def groups(
        self,
        limit: int,
        since: datetime | None = None,
        visible: Visible | None = None,
        apart: RunApart = asyncio.to_thread,
    ) -> list[QuestionGroup]:
        """Return groups of questions since then that are not dismissed: the most frequent first, then the latest.

        visible: only questions of these conversations are shown and counted; the ids of the groups stay. apart:
        compares them.
        """
        query: Document = {"dismissed_at": None}
        if since is not None:
            query["at"] = {"$gte": since}
        found = await self._collection.find(query, sort=[("at", -1), ("_id", -1)], limit=_READ)
        found.reverse()  # a group's id comes from its oldest question, so that it stays while others are added
        grouped = await apart(group_similar, [item["text"] for item in found])
        every = [[found[place] for place in places] for places in grouped]
        if visible is None:
            groups = [_group(group, group) for group in every]
        else:
            seen = await visible(sorted({item["conversation_id"] for item in found}))
            shown = [[item for item in group if item["conversation_id"] in seen] for group in every]
            groups = [_group(group, some) for group, some in zip(every, shown, strict=True) if some]
        return sorted(groups, key=lambda group: (-group.count, -group.last_at.timestamp(), group.id))[:limit]

    async def dismiss(
        self, group_ids: Sequence[str], by: str, at: datetime, apart: RunApart = asyncio.to_thread
    ) -> int:
        """Dismiss groups; return the number of questions. Unknown ids change nothing."""
        wanted = set(group_ids)
        found = await self.groups(_READ, apart=apart)
        groups = [group for group in found if not wanted.isdisjoint(map(_name, group.causes))]
        return await self._close([cause for group in groups for cause in group.causes], by, at)

    async def resolve(self, causes: Sequence[str], by: str) -> int:
        """Take questions from the list that an FAQ answers now: unlike dismissed ones, they say nothing about what it
        does not answer. causes: those of their group. Return the number of questions.
        """
        return await self._close(causes, by, _LONG_AGO)

    async def _close(self, causes: Sequence[str], by: str, at: datetime) -> int:
        closed = {"$set": {"dismissed_at": at, "dismissed_by": by}}
        return sum(
            [await self._collection.update({"_id": self._id(cause), "dismissed_at": None}, closed) for cause in causes]
        )

    async def dismissed(self, limit: int) -> tuple[DismissedQuestion, ...]:
        """Return the questions dismissed last that have a similar FAQ, without repetitions, sorted by text."""
        query: Document = {"dismissed_at": {"$gt": _LONG_AGO}, "nearest": {"$ne": ""}}
        found = await self._collection.find(query, sort=[("dismissed_at", -1)], limit=limit)
        pairs = sorted({(item["text"], item["nearest"]) for item in found})
        return tuple(DismissedQuestion(text=text, nearest=nearest) for text, nearest in pairs)

    async def add_example(self, text: str, nearest: str, by: str, at: datetime) -> None:
        """Store a question that an FAQ does not answer; the same again only renews it. Texts without letters or digits
        are ignored.
        """
        if not any(char.isalnum() for char in text):
            return
        example = DismissedQuestion(text=" ".join(text.split())[:_LONGEST], nearest=nearest[:_LONGEST])
        cause = f"example:{example.id}"
        values: Document = {
            "cause": cause,
            "conversation_id": "",
            "text": example.text,
            "score": 0.0,
            "nearest": example.nearest,
            "at": at,
            "dismissed_at": at,
            "dismissed_by": by,
        }
        await self._collection.update({"_id": self._id(cause)}, {"$set": values}, upsert=True)

    async def remove_example(self, example: str) -> int:
        """Take an example back; return the number of questions that it was made of. example: its id."""
        query: Document = {"dismissed_at": {"$gt": _LONG_AGO}, "nearest": {"$ne": ""}}
        found = await self._collection.find(query, sort=[("dismissed_at", -1)], limit=_READ)
        same = [it for it in found if DismissedQuestion(text=it["text"], nearest=it["nearest"]).id == example]
        change: Document = {"$set": {"dismissed_at": _LONG_AGO}}
        return sum([await self._collection.update({"_id": item["_id"]}, change) for item in same])

    async def forget(self, conversation_id: str) -> None:
        """Remove the texts of a conversation; the documents expire with the next clean-up."""
        blank = {"text": "", "nearest": "", "at": _LONG_AGO, "dismissed_at": _LONG_AGO}
        while await self._collection.update({"conversation_id": conversation_id, "text": {"$ne": ""}}, {"$set": blank}):
            pass

    def _id(self, cause: str) -> str:
        return f"{self._collection.workspace}:{cause}"


def _group(every: list[Document], documents: list[Document]) -> QuestionGroup:
    """Return the group of similar documents, oldest first. every: with those that are not shown."""
    first, last = documents[0], documents[-1]
    nearest = max(documents, key=lambda item: item["score"])
    return QuestionGroup(
        id=_name(every[0]["cause"]),
        question=first["text"],
        count=len(documents),
        first_at=first["at"],
        last_at=last["at"],
        nearest=nearest["nearest"],
        score=nearest["score"],
        causes=tuple(item["cause"] for item in documents),
        conversation_id=last["conversation_id"],
        texts=tuple(dict.fromkeys(item["text"] for item in reversed(documents)))[:_SHOWN_TEXTS],
    )


def _name(cause: str) -> str:
    return hashlib.sha256(cause.encode()).hexdigest()[:12]
