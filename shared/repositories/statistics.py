"""Counts of a workspace by quarter of an hour, derived from its collections. Writer: the console.

A quarter is counted anew as a whole, never added to, so a second count of it changes nothing and agrees with the
collections by construction. Documents may be dropped: `parley console recount` makes them again, as far as the
collections still have what was counted (archived and erased messages are gone).
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pymongo import IndexModel

from shared.background import RunApart
from shared.domain.statistics import MICRO, QUARTER, WAITED_UP_TO, Counts, Key, Measure, quarter_of, waited_class
from shared.errors import TooMuch
from shared.messages.inbound import Status
from shared.repositories import ai_calls, conversation_changes, inbound, orders, outbound
from shared.repositories.outbound_views import OutboundState
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "statistics"
PROGRESS = "statistics_progress"  # a document of each workspace: until when each count has been made
KEPT_DAYS = 800
INDEXES = [
    IndexModel([("workspace", 1), ("begins", 1)], name="quarters"),
    IndexModel([("begins", 1)], name="retention", expireAfterSeconds=KEPT_DAYS * 24 * 3600),
]
_MOST_AMOUNT = 1_000_000_000  # counted of one order or call, so that no sum overflows
_MOST_GROUPS = 50_000  # of one period: quarters × channels × labels
_STATUS_MEASURES = {
    Status.DELIVERED.value: (Measure.DELIVERED,),
    Status.READ.value: (Measure.DELIVERED, Measure.READ),
}
_CHANGES = {
    "handed_off": Measure.HANDED_OFF,
    "taken": Measure.TAKEN,
    "answered": Measure.ANSWERED,
    "returned": Measure.RETURNED,
    "closed": Measure.CLOSED,
    "reopened": Measure.REOPENED,
    "flow_ended": Measure.FLOWS_ENDED,
}

Quarters = dict[datetime, Counts]


class Statistics:
    """One per workspace. Periods are from `since` on and before `until`. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)
        self.workspace = workspace
        self._progress = Scoped(mongo.collection(PROGRESS), workspace)
        self._sources = SourceCounts(mongo, workspace)

    async def read(self, since: datetime, until: datetime, apart: RunApart = asyncio.to_thread) -> Quarters:
        """Return the stored counts of each quarter that has any. apart: decodes them; a year's take seconds."""
        found = await self._collection.find(
            {"begins": {"$gte": since, "$lt": until}}, sort=[("begins", 1)], limit=_MOST_GROUPS
        )
        return await apart(_quarters_of, found)

    async def total(self, since: datetime, until: datetime) -> Counts:
        """Return the sum of the stored counts; MongoDB makes it: a year has a million of them."""
        number = {"$sum": {"$arrayElemAt": ["$counts", 3]}}
        stages: list[Document] = [
            {"$unwind": "$counts"},
            {"$group": {"_id": {"$slice": ["$counts", 3]}, "number": number}},
        ]
        found = await self._collection.aggregate({"begins": {"$gte": since, "$lt": until}}, stages, limit=_MOST_GROUPS)
        return _counts_of([*one["_id"], one["number"]] for one in found)

    async def count(self, since: datetime, until: datetime) -> Quarters:
        """Return the counts of each quarter from the collections; store nothing."""
        return await self._sources.count(since, until)

    async def count_and_store(self, since: datetime, until: datetime) -> Quarters:
        """Count whole quarters and replace the stored ones of this period."""
        counted = await self._sources.count(quarter_of(since), quarter_of(until))
        return await self.replace(quarter_of(since), quarter_of(until), counted)

    async def replace(self, since: datetime, until: datetime, quarters: Quarters) -> Quarters:
        """Store these quarters in the place of all stored ones of this period; return them."""
        documents = {self._id(begins): _document(begins, counts) for begins, counts in quarters.items()}
        workspace = self._collection.workspace
        if documents:
            changes = [
                ({"_id": id_}, [{"$replaceWith": {"$literal": {"_id": id_, "workspace": workspace, **document}}}])
                for id_, document in documents.items()
            ]
            try:
                await self._collection.upsert_each(changes)
            except Duplicate:  # another replica counts the same period; the second try replaces what it stored
                await self._collection.upsert_each(changes)
        gone: Document = {"begins": {"$gte": since, "$lt": until}, "_id": {"$nin": list(documents)}}
        await self._collection.delete(gone)
        return quarters

    async def counted_until(self) -> Mapping[str, datetime]:
        """Return until when quarters have been counted, by the name of the count."""
        found = await self._progress.find_one({"_id": self._collection.workspace})
        return dict(found.get("counted", {})) if found else {}

    async def claim(self, now: datetime, until: datetime) -> bool:
        """Return whether the caller may count this workspace until then; nobody else may meanwhile."""
        query = {"_id": self._collection.workspace, "claimed_until": {"$not": {"$gt": now}}}
        try:
            return bool(await self._progress.update(query, {"$set": {"claimed_until": until}}, upsert=True))
        except Duplicate:
            return False

    async def note_counted(self, name: str, until: datetime) -> None:
        """Store until when quarters have been counted; it never goes back."""
        change = {"$max": {f"counted.{name}": until}}
        try:
            await self._progress.update({"_id": self._collection.workspace}, change, upsert=True)
        except Duplicate:
            await self._progress.update({"_id": self._collection.workspace}, change)

    def _id(self, begins: datetime) -> str:
        return f"{self._collection.workspace}:{begins:%Y-%m-%dT%H:%M}"


class SourceCounts:
    """Counts the documents of one workspace's collections. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._messages = Scoped(mongo.collection(inbound.COLLECTION), workspace)
        self._outbound = Scoped(mongo.collection(outbound.COLLECTION), workspace)
        self._changes = Scoped(mongo.collection(conversation_changes.COLLECTION), workspace)
        self._ai_calls = Scoped(mongo.collection(ai_calls.COLLECTION), workspace)
        self._orders = Scoped(mongo.collection(orders.COLLECTION), workspace)

    async def count(self, since: datetime, until: datetime) -> Quarters:
        """Return the counts of each quarter in which anything happened. since, until: starts of quarters."""
        quarters: Quarters = {}
        for count in (self._received, self._sent, self._changed, self._answered_by_models, self._ordered):
            for begins, key, number in await count({"$gte": since, "$lt": until}):
                quarters.setdefault(begins, Counter())[key] += number
        return quarters

    async def _received(self, period: Document) -> list[tuple[datetime, Key, int]]:
        decision = {"$arrayElemAt": [{"$split": ["$decision", ":"]}, 0]}
        found = await self._group(self._messages, "received_at", period, {"channel": "$channel", "label": decision})
        return [(_begins(one), Key(Measure.RECEIVED, *_label(one)), one["number"]) for one in found]

    async def _sent(self, period: Document) -> list[tuple[datetime, Key, int]]:
        group = {"channel": "$channel", "label": "$author", "state": "$state", "status": "$status"}
        found = await self._group(self._outbound, "created_at", period, {**group, "error": "$error.code"})
        return [(_begins(one), key, one["number"]) for one in found for key in _outbound_keys(one)]

    async def _changed(self, period: Document) -> list[tuple[datetime, Key, int]]:
        waited = {"$switch": {"branches": _waited_branches(), "default": waited_class(float("inf"))}}
        group = {"channel": "$channel", "kind": "$change.kind", "by": "$change.by", "waited": waited}
        group["given"] = {"$gt": ["$change.given_by", ""]}
        group["flow"] = {"$cond": [{"$eq": ["$change.kind", "flow_ended"]}, "$change.detail", ""]}
        sums = {"waited": {"$sum": {"$multiply": [{"$ifNull": ["$change.waited", 0]}, 1000]}}}
        rows: list[tuple[datetime, Key, int]] = []
        for one in await self._group(self._changes, "at", period, group, sums):
            kind, by, channel = one["_id"]["kind"], one["_id"].get("by") or "", one["_id"].get("channel") or ""
            measure = _CHANGES.get(kind)
            if measure is None or (measure is Measure.TAKEN and one["_id"]["given"]):
                continue  # a conversation that somebody else assigned was not taken
            begins = _begins(one)
            people = measure in (Measure.TAKEN, Measure.ANSWERED)
            label = one["_id"]["flow"] if measure is Measure.FLOWS_ENDED else by if people else ""
            rows.append((begins, Key(measure, label or "", channel), one["number"]))
            if measure is Measure.ANSWERED:
                rows.append((begins, Key(Measure.WAITED_MS, by, channel), round(one["waited"])))
                rows.append((begins, Key(Measure.WAITED, one["_id"]["waited"], channel), one["number"]))
        return rows

    async def _answered_by_models(self, period: Document) -> list[tuple[datetime, Key, int]]:
        answered = {"$sum": {"$cond": [{"$eq": ["$outcome", "answered"]}, 1, 0]}}
        sums = {"answers": answered, "micro": _micro("$cost_usd")}
        found = await self._group(self._ai_calls, "finished_at", period, {"label": "$model"}, sums)
        return [
            (_begins(one), Key(measure, _label(one)[0]), int(one[field]))
            for one in found
            for measure, field in ((Measure.AI_ANSWERS, "answers"), (Measure.AI_MICRO_USD, "micro"))
            if one[field]
        ]

    async def _ordered(self, period: Document) -> list[tuple[datetime, Key, int]]:
        sums = {"micro": _micro("$total")}
        found = await self._group(self._orders, "placed_at", period, {"label": "$currency"}, sums)
        return [
            (_begins(one), Key(measure, _label(one)[0]), int(one[field]))
            for one in found
            for measure, field in ((Measure.ORDERS, "number"), (Measure.ORDERS_MICRO, "micro"))
            if one[field]
        ]

    async def _group(
        self, source: Scoped, time: str, period: Document, group: Document, sums: Document | None = None
    ) -> list[Document]:
        """Return `number` and the sums of each group of documents whose time is in the period."""
        quarter = {"$dateTrunc": {"date": f"${time}", "unit": "minute", "binSize": 15}}
        stage = {"$group": {"_id": {"begins": quarter, **group}, "number": {"$sum": 1}, **(sums or {})}}
        found = await source.aggregate({time: period}, [stage], limit=_MOST_GROUPS + 1)
        if len(found) > _MOST_GROUPS:
            raise TooMuch("mongodb", f"the period has more than {_MOST_GROUPS} different counts: take a shorter one")
        return found


def _outbound_keys(one: Document) -> list[Key]:
    """Return what a group of messages with the same state, status and error counts as."""
    author, channel = _label(one)
    if one["_id"]["state"] == OutboundState.FAILED.value:
        return [Key(Measure.FAILED, str(one["_id"].get("error") or "unknown"), channel)]
    if one["_id"]["state"] != OutboundState.SENT.value:
        return []
    measures = [Measure.SENT, *_STATUS_MEASURES.get(one["_id"]["status"], ())]
    return [Key(measure, author, channel) for measure in measures]


def _waited_branches() -> Sequence[Document]:
    # A change without a waiting time gets the first class, which is not read then.
    return [{"case": {"$lte": ["$change.waited", bound]}, "then": str(bound)} for bound in WAITED_UP_TO]


def _micro(field: str) -> Document:
    number = {"$convert": {"input": field, "to": "decimal", "onError": 0, "onNull": 0}}
    micro = {"$round": [{"$multiply": [{"$min": [number, _MOST_AMOUNT]}, MICRO]}, 0]}
    return {"$sum": {"$convert": {"input": micro, "to": "long", "onError": 0}}}


def _begins(one: Document) -> datetime:
    begins: datetime = one["_id"]["begins"]
    return begins


def _label(one: Document) -> tuple[str, str]:
    return str(one["_id"].get("label") or ""), str(one["_id"].get("channel") or "")


def _document(begins: datetime, counts: Counts) -> Document:
    rows = [[key.measure.value, key.label, key.channel, number] for key, number in sorted(counts.items())]
    return {"begins": begins, "ends": begins + QUARTER, "counts": rows}


def _quarters_of(found: Sequence[Document]) -> Quarters:
    keys: dict[tuple[object, ...], Key] = {}
    return {item["begins"]: _counts_of(item["counts"], keys) for item in found}


def _counts_of(rows: Iterable[Sequence[object]], keys: dict[tuple[object, ...], Key] | None = None) -> Counts:
    """Return counts of their stored rows. keys: those that were made before; quarters have mostly the same."""
    keys = {} if keys is None else keys
    counts: Counts = Counter()
    for row in rows:
        measure, label, channel, number = row
        known = (measure, label, channel)
        if (key := keys.get(known)) is None:
            key = keys[known] = Key(Measure(str(measure)), str(label), str(channel))
        counts[key] = int(str(number))
    return counts
