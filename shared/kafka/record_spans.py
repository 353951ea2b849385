"""Spans around the writing of records, each of which may belong to another trace.

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
from shared.telemetry.spans import Span, Value, dotted


@dataclass(slots=True)
class Writing:
    """Records with their spans, before they are written. records: to be written, each with the context of its span.
    spans: by the index of the record.
    """

    records: list[NewRecord]
    spans: dict[int, Span] = field(default_factory=dict)

    def add(self, index: int, made: Span) -> None:
        """Make this span the parent of what follows from the record."""
        record = self.records[index]
        if made.context is not None:
            headers = trace_context.with_context(record.headers, trace_context.PARENT, made.context)
            self.records[index] = replace(record, headers=headers)
        self.spans[index] = made

    def acknowledged(self, places: Sequence[tuple[int, int]]) -> None:
        """Note where the records were written. places: partition and offset of each."""
        for index, made in self.spans.items():
            partition, offset = places[index]
            made.set(messaging__destination__partition__id=str(partition), messaging__kafka__offset=offset)


def now() -> int:
    """Return the nanoseconds since 1970, as spans have them; 0 when no spans are made."""
    return time.time_ns() if tracing.is_enabled() else 0


@contextmanager
def received(
    records: Sequence[NewRecord], route: str, began: int, **attributes: Value
) -> Iterator[Sequence[NewRecord]]:
    """Make a span per trace around the acceptance of a webhook's records. route: its path without names; began: see
    `now`.
    """
    named = {"http.request.method": "POST", "http.route": route, **dotted(attributes)}
    writing = Writing(list(records))
    for index, above in _sampled(records):
        writing.add(index, tracing.begin(f"POST {route}", SpanKind.SERVER, above, dict(named), began=began))
    with _ended(writing):
        yield writing.records


@contextmanager
def sending(records: Sequence[NewRecord]) -> Iterator[Writing]:
    """Make a span for each record around their writing."""
    writing = Writing(list(records))
    here = tracing.current().context
    for index, above in _sampled(records):
        link = here if here is not None and here.trace_id != above.trace_id else None
        topic = records[index].topic
        made = tracing.begin(f"send {topic}", SpanKind.PRODUCER, above, _attributes(topic), links=(link,))
        writing.add(index, made)
    with _ended(writing):
        yield writing


def _attributes(topic: str) -> dict[str, Value]:
    return {
        "messaging.system": "kafka",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": topic,
    }


def _sampled(records: Sequence[NewRecord]) -> Iterator[tuple[int, SpanContext]]:
    if not tracing.is_enabled():
        return
    for index, record in enumerate(records):
        above = trace_context.from_headers(record.headers)
        if above is not None and tracing.is_sampled(above):
            yield index, above


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
            tracing.end(made)
