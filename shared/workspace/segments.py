"""Segments: saved filters of customers, as a query of MongoDB and as an equal rule over one customer.

All conditions of a segment must hold. A customer who never wrote is neither active nor idle. `lead_source` is the full
name of a source (`ad:77`), its type (`ad`) or its id (`77`). A custom field matches a value if it is that text, the
number or truth value that the text spells, or a list with one of these.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from shared.domain.customer import field_name
from shared.workspace.config import Segment

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)  # a float does not keep more digits
_TRUTH = {"true": True, "false": False}


def query_of(segment: Segment, now: datetime) -> dict[str, Any]:
    """Return the segment as a query over the customers of a workspace."""
    parts: list[dict[str, Any]] = []
    if segment.tags:
        parts.append({"tags": {"$all": list(segment.tags)}})
    if segment.without_tags:
        parts.append({"tags": {"$nin": list(segment.without_tags)}})
    truths = ((name, getattr(segment, name)) for name in ("qualified", "opted_out"))
    parts += [{name: True if wanted else {"$ne": True}} for name, wanted in truths if wanted is not None]
    if segment.lead_source:
        kind, id_ = _source(segment.lead_source)
        either: list[dict[str, Any]] = [{f"lead_source.{name}": segment.lead_source} for name in _SOURCE]
        if id_:
            either.append({"lead_source.source_type": kind, "lead_source.source_id": id_})
        parts.append({"$or": either})
    if segment.min_orders:
        parts.append({"order_count": {"$gte": segment.min_orders}})
    if segment.active_within_days is not None:
        parts.append({"last_contacted_at": {"$gte": _cutoff(now, segment.active_within_days)}})
    if segment.idle_for_days is not None:
        parts.append({"last_contacted_at": {"$lt": _cutoff(now, segment.idle_for_days)}})
    parts += [{f"fields.{field_name(name)}": {"$in": _spelt(value)}} for name, value in segment.fields.items()]
    return {"$and": parts} if parts else {}


def matches(segment: Segment, customer: Mapping[str, Any], now: datetime) -> bool:
    """Return whether a customer (a document, or its `shared.domain.customer.customer_view`) is in the segment."""
    return all(
        (
            _tags_hold(segment, customer),
            *(
                bool(customer.get(name)) is getattr(segment, name)
                for name in ("qualified", "opted_out")
                if getattr(segment, name) is not None
            ),
            not segment.lead_source or _came_from(segment.lead_source, customer.get("lead_source") or {}),
            (customer.get("order_count") or 0) >= segment.min_orders,
            _time_holds(segment, customer.get("last_contacted_at"), now),
            *(_field_holds(name, value, customer.get("fields") or {}) for name, value in segment.fields.items()),
        )
    )


_SOURCE = ("source_type", "source_id")


def _source(text: str) -> tuple[str, str]:
    kind, _, id_ = text.partition(":")
    return kind, id_


def _came_from(wanted: str, source: Mapping[str, Any]) -> bool:
    kind, id_ = _source(wanted)
    in_full = bool(id_) and (source.get("source_type"), source.get("source_id")) == (kind, id_)
    return in_full or any(source.get(name) == wanted for name in _SOURCE)


def _tags_hold(segment: Segment, customer: Mapping[str, Any]) -> bool:
    tags = set(customer.get("tags") or ())
    return tags.issuperset(segment.tags) and tags.isdisjoint(segment.without_tags)


def _time_holds(segment: Segment, last: datetime | None, now: datetime) -> bool:
    if segment.active_within_days is None and segment.idle_for_days is None:
        return True
    if last is None:
        return False
    return (segment.active_within_days is None or last >= _cutoff(now, segment.active_within_days)) and (
        segment.idle_for_days is None or last < _cutoff(now, segment.idle_for_days)
    )


def _cutoff(now: datetime, days: int) -> datetime:
    """Return the time in whole milliseconds, as MongoDB stores times."""
    cutoff = now - timedelta(days=days)
    return cutoff.replace(microsecond=cutoff.microsecond // 1000 * 1000)


def _spelt(text: str) -> list[Any]:
    """Return the values that a text matches."""
    values: list[Any] = [text]
    if _NUMBER.fullmatch(text):
        values.append(float(text) if "." in text else int(text))
    if text.lower() in _TRUTH:
        values.append(_TRUTH[text.lower()])
    return values


def _field_holds(name: str, value: str, fields: Mapping[str, Any]) -> bool:
    there = fields.get(field_name(name))
    wanted = _spelt(value)
    return any(_same(one, other) for one in (there if isinstance(there, list) else [there]) for other in wanted)


def _same(one: Any, other: Any) -> bool:
    """Compare as MongoDB does: integers with floats, but not with truth values."""
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)
