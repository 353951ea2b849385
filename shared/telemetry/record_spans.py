"""Spans around the writing of records, of which each may belong to another trace.

received    the webhook that brought a record: the root of its trace
sending     `send {topic}`, from the producer to the acknowledgement
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from opentelemetry.trace import SpanContext, SpanKind

from shared.kafka.records import NewRecord
from shared.telemetry import trace_context, tracing
from shared.telemetry.recording import Value
from shared.telemetry.tracing import Span


@dataclass(slots=True)
class Writing:
    """records: as they are to be written, each with the context of its span. spans: by the place of the record."""

    records: Sequence[NewRecord]
    spans: dict[int, Span] = field(default_factory=dict)

    def done(self, places: Sequence[tuple[int, int]]) -> None:
        """All is written. places: partition and offset of each record."""
        for number, made in self.spans.items():
            partition, offset = places[number]
            made.set(messaging__destination__partition__id=str(partition), messaging__kafka__offset=offset)


def now() -> int:
    """Nanoseconds since 1970, as spans have it; 0 when none are made."""
    return time.time_ns() if tracing.is_on() else 0


@contextmanager
def received(
    records: Sequence[NewRecord], route: str, began: int, **attributes: Value
) -> Iterator[Sequence[NewRecord]]:
    """Around what has the records of a webhook in Kafka. route: its path without any name. began: see `now`."""
    if not tracing.is_on():
        yield records
        return
    named = {"http.request.method": "POST", "http.route": route, **tracing.named(attributes)}
    writing = Writing(list(records))
    for number, above in _kept(records):
        made = tracing.begin(f"POST {route}", SpanKind.SERVER, above, dict(named), began=began)
        _put(writing, number, made)
    with _ended(writing):
        yield writing.records


@contextmanager
def sending(records: Sequence[NewRecord]) -> Iterator[Writing]:
    """Around the writing of records."""
    writing = Writing(records)
    if not tracing.is_on():
        yield writing
        return
    writing.records = list(records)
    here = tracing.current().context
    for number, above in _kept(records):
        elsewhere = here if here is not None and here.trace_id != above.trace_id else None
        topic = records[number].topic
        made = tracing.begin(f"send {topic}", SpanKind.PRODUCER, above, _attributes(topic), links=(elsewhere,))
        _put(writing, number, made)
    with _ended(writing):
        yield writing


def _attributes(topic: str) -> dict[str, Value]:
    return {
        "messaging.system": "kafka",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": topic,
    }


def _kept(records: Sequence[NewRecord]) -> Iterator[tuple[int, SpanContext]]:
    for number, record in enumerate(records):
        above = trace_context.read(record.headers)
        if above is not None and tracing.is_kept(above):
            yield number, above


def _put(writing: Writing, number: int, made: Span) -> None:
    """The record is led to by this span."""
    assert isinstance(writing.records, list)  # noqa: S101 - made so above
    record, context = writing.records[number], made.context
    if context is not None:
        headers = trace_context.replaced(record.headers, trace_context.PARENT, context)
        writing.records[number] = replace(record, headers=headers)
    writing.spans[number] = made


@contextmanager
def _ended(writing: Writing) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        for made in writing.spans.values():
            made.mark_failed(type(error).__name__)
        raise
    finally:
        for made in writing.spans.values():
            made.end()
