"""The documents behind a number of the statistics: found by the conditions by which `statistics` counts them."""

import re
from collections.abc import Collection
from datetime import datetime

import msgspec

from shared.domain.statistics import LONGER, QUARTER, WAITED_UP_TO, LiveMeasure, Measure, quarter_of
from shared.messages.inbound import Status
from shared.repositories import ai_calls, conversation_changes, inbound, orders, outbound
from shared.repositories.outbound_views import OutboundState
from shared.storage.mongo import Document, Mongo
from shared.storage.scoped import Scoped

_DELIVERED = (Status.DELIVERED.value, Status.READ.value)
_CHANGES = {
    Measure.HANDED_OFF: "handed_off",
    Measure.TAKEN: "taken",
    Measure.ANSWERED: "answered",
    Measure.WAITED: "answered",
    Measure.RETURNED: "returned",
    Measure.CLOSED: "closed",
    Measure.REOPENED: "reopened",
    Measure.FLOWS_ENDED: "flow_ended",
}
LISTED = frozenset((*_CHANGES, Measure.RECEIVED, Measure.SENT, Measure.DELIVERED, Measure.READ, Measure.FAILED)) | {
    Measure.AI_ANSWERS,
    Measure.ORDERS,
}
"""The measures that count documents; the others are sums of something else."""

WITHOUT_CHANNEL = frozenset({Measure.AI_ANSWERS, Measure.ORDERS, LiveMeasure.NEW_CUSTOMERS})
"""The measures whose documents have no channel of their own."""

_FIELDS: Document = dict.fromkeys(
    (
        *("conversation_id", "channel", "decision", "author", "model", "currency", "error.code"),
        *("change.detail", "change.by", "change.channel"),
    ),
    1,
)


class CountedItem(msgspec.Struct, frozen=True, kw_only=True):
    """A message, change, model call or order. message: empty where it is none. label: as in the statistics.

    customer: of a new customer; otherwise empty.
    """

    id: str
    at: datetime
    conversation_id: str
    message: str
    label: str
    channel: str
    customer: str = ""


class CountedItems:
    """Of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._messages = Scoped(mongo.collection(inbound.COLLECTION), workspace)
        self._outbound = Scoped(mongo.collection(outbound.COLLECTION), workspace)
        self._changes = Scoped(mongo.collection(conversation_changes.COLLECTION), workspace)
        self._ai_calls = Scoped(mongo.collection(ai_calls.COLLECTION), workspace)
        self._orders = Scoped(mongo.collection(orders.COLLECTION), workspace)

    async def page(
        self,
        measure: Measure,
        label: str | None,
        since: datetime,
        until: datetime,
        *,
        channels: Collection[str] = (),
        before: tuple[datetime, str] | None = None,
        limit: int = 50,
    ) -> list[CountedItem]:
        """Return what a count is of, the newest first. since, until: as statistics read them, by whole quarters.

        label: None: of all. channels: empty: all; ignored for WITHOUT_CHANNEL. before: time and id of
        the last one before.
        """
        source, time, conditions = self._source(measure, label)
        query: Document = {time: {"$gte": next_quarter(since), "$lt": next_quarter(until)}, **conditions}
        if channels and measure not in WITHOUT_CHANNEL:
            query["channel"] = {"$in": sorted(channels)}
        if before is not None:
            at, id_ = before
            query["$or"] = [{time: {"$lt": at}}, {time: at, "_id": {"$lt": id_}}]
        found = await source.find(query, fields=_FIELDS | {time: 1}, sort=[(time, -1), ("_id", -1)], limit=limit)
        return [_item(measure, time, one) for one in found]

    def _source(self, measure: Measure, label: str | None) -> tuple[Scoped, str, Document]:
        if measure is Measure.RECEIVED:
            wanted: Document = {} if label is None else {"decision": _decision(label)}
            return self._messages, "received_at", wanted
        if measure is Measure.AI_ANSWERS:
            return self._ai_calls, "finished_at", {"outcome": "answered", **_equal("model", label)}
        if measure is Measure.ORDERS:
            return self._orders, "placed_at", _equal("currency", label)
        if measure in _CHANGES:
            return self._changes, "at", {"change.kind": _CHANGES[measure], **_change(measure, label)}
        return self._outbound, "created_at", _sent(measure, label)


def _sent(measure: Measure, label: str | None) -> Document:
    if measure is Measure.FAILED:
        code = {"$in": [None, "", "unknown"]} if label == "unknown" else label
        return {"state": OutboundState.FAILED.value, **({} if label is None else {"error.code": code})}
    conditions: Document = {"state": OutboundState.SENT.value, **_equal("author", label)}
    if measure is Measure.DELIVERED:
        conditions["status"] = {"$in": list(_DELIVERED)}
    elif measure is Measure.READ:
        conditions["status"] = Status.READ.value
    return conditions


def _change(measure: Measure, label: str | None) -> Document:
    if measure is Measure.TAKEN:
        return {"change.given_by": {"$in": [None, ""]}, **_equal("change.by", label)}
    if label is None or measure not in (Measure.ANSWERED, Measure.WAITED, Measure.FLOWS_ENDED):
        return {}
    if measure is Measure.FLOWS_ENDED:
        return _equal("change.detail", label)
    return _waited(label) if measure is Measure.WAITED else _equal("change.by", label)


def _waited(label: str) -> Document:
    """Return the condition of a class of waiting times: longer than the bound before, up to its own."""
    if label == LONGER:
        return {"change.waited": {"$gt": WAITED_UP_TO[-1]}}
    bound = next((one for one in WAITED_UP_TO if str(one) == label), 0)
    below = [one for one in WAITED_UP_TO if one < bound]
    # A change without a waiting time counts in the first class.
    return {"change.waited": {"$gt": below[-1], "$lte": bound} if below else {"$not": {"$gt": bound}}}


def _equal(field: str, label: str | None) -> Document:
    return {} if label is None else {field: label or {"$in": [None, ""]}}


def _decision(label: str) -> Document:
    return {"$regex": f"^{re.escape(label)}(:|$)"} if label else {"$in": [None, ""]}


def next_quarter(at: datetime) -> datetime:
    """Return the first quarter that begins at `at` or later: statistics count whole quarters by their begin."""
    begin = quarter_of(at)
    return begin if begin == at else begin + QUARTER


def _item(measure: Measure, time: str, found: Document) -> CountedItem:
    is_message = measure in (Measure.RECEIVED, Measure.SENT, Measure.DELIVERED, Measure.READ, Measure.FAILED)
    change = found.get("change") or {}
    labels = {
        Measure.RECEIVED: str(found.get("decision") or "").partition(":")[0],
        Measure.FAILED: str((found.get("error") or {}).get("code") or "unknown"),
        Measure.FLOWS_ENDED: change.get("detail"),
        Measure.AI_ANSWERS: found.get("model"),
        Measure.ORDERS: found.get("currency"),
    }
    label = labels.get(measure, found.get("author") or change.get("by"))
    return CountedItem(
        id=str(found["_id"]),
        at=found[time],
        conversation_id=str(found.get("conversation_id") or ""),
        message=str(found["_id"]) if is_message else "",
        label=str(label or ""),
        channel=str(found.get("channel") or change.get("channel") or ""),
    )
