"""Traces across the hops: W3C trace context in Kafka headers, spans when an OTLP endpoint is configured.

The trace id is the correlation id (32 hex digits derived from the customer's message), so that a log line, a Kafka
record, a trace and `parley trace` all find each other, and a webhook that is delivered twice stays in one trace. What
is done again links to what was done before. Without an endpoint, and in a trace that is not kept, nothing is made.

No attribute may hold a phone number, an id that a provider made of one, or what somebody wrote.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanContext, SpanKind

from shared.kafka.records import Headers
from shared.telemetry import trace_context
from shared.telemetry.recording import Recording, Value
from shared.telemetry.trace_context import LINK, PARENT

__all__ = [
    "AttemptLinks",
    "Span",
    "SpanContext",
    "SpanKind",
    "configure",
    "current",
    "headers_for",
    "link_headers",
    "shutdown",
    "span",
]

_EXPORT_LIMIT = 5.0  # seconds for one request
_LEAVE_LIMIT = 2.0  # seconds to send what is left when the process ends


@dataclass(frozen=True, slots=True)
class _Active:
    processor: BatchSpanProcessor
    resource: Resource
    ratio: float


_active: _Active | None = None
_current: ContextVar[Recording | None] = ContextVar("span", default=None)


def configure(service: str, endpoint: str, ratio: float, instance: str = "") -> None:
    """Export the spans of this share of all traces to an OTLP/HTTP endpoint; an empty endpoint: only the context is
    carried on. A receiver that is away costs the spans, never the work.
    """
    global _active  # noqa: PLW0603 - one exporter per process
    if not endpoint:
        return
    resource = Resource.create({"service.name": f"parley-{service}", "service.instance.id": instance or service})
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=_EXPORT_LIMIT)
    _active = _Active(BatchSpanProcessor(exporter), resource, ratio)


def shutdown() -> None:
    """Send what is still to be sent, for two seconds at most."""
    global _active  # noqa: PLW0603 - see configure
    if _active is not None:
        sending = threading.Thread(target=_active.processor.shutdown, daemon=True)
        _active = None
        sending.start()
        sending.join(_LEAVE_LIMIT)


class Span:
    """What is done, while it is done. Of a trace that is not kept it knows nothing, and takes everything."""

    __slots__ = ("_recording",)

    def __init__(self, recording: Recording | None) -> None:
        self._recording = recording

    @property
    def context(self) -> SpanContext | None:
        """To link to it; None: it is not kept."""
        return self._recording.context if self._recording else None

    def set(self, **attributes: Value) -> None:
        """Give it attributes; `__` in a name is a dot."""
        if self._recording:
            self._recording.attributes.update(named(attributes))

    def event(self, name: str, **attributes: Value) -> None:
        """Something happened."""
        if self._recording:
            self._recording.event(name, named(attributes))

    def link(self, to: SpanContext | None) -> None:
        """What belongs to it, and did not lead to it."""
        if self._recording and to is not None:
            self._recording.link(to)

    def mark_failed(self, kind: str) -> None:
        """It did not go well; kind: one of few words, never those of an error."""
        if self._recording:
            self._recording.failed = True
            self._recording.attributes["error.type"] = kind

    def mark_redelivered(self) -> None:
        """What it works on was worked on before: it links to the context in which both came."""
        self.set(parley__redelivered=True)
        self.link(self._recording.parent if self._recording else None)

    def end(self) -> None:
        """It is over."""
        if self._recording and _active is not None:
            self._recording.end(_active.resource, _active.processor.on_end)


_NONE = Span(None)


class AttemptLinks:
    """What is tried again and again: each span that is begun with it links to the one before."""

    __slots__ = ("last",)

    def __init__(self, last: SpanContext | None = None) -> None:
        self.last = last


def current() -> Span:
    """The span that we are in."""
    found = _current.get() if _active else None
    return Span(found) if found is not None else _NONE


def headers_for(correlation_id: str) -> Headers:
    """The headers of a new record of an exchange: the current span's context if it is of the same trace, otherwise
    the beginning of the exchange's own.
    """
    here = current().context
    if here is not None and here.trace_id == trace_context.trace_of(correlation_id):
        return ((PARENT, trace_context.written(here)),)
    return ((PARENT, f"00-{correlation_id}-{correlation_id[:16]}-01".encode()),)


def link_headers(headers: Headers) -> Headers:
    """The headers of a record that is put aside now, so that it links to this when it is read again."""
    here = current().context
    return headers if here is None else trace_context.replaced(headers, LINK, here)


def trace_id_of(headers: Headers) -> str:
    """The trace id in a record's headers, or an empty string."""
    found = trace_context.read(headers)
    return f"{found.trace_id:032x}" if found else ""


@contextmanager
def span(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    *,
    headers: Headers = (),
    correlation_id: str = "",
    parent: SpanContext | None = None,
    span_id: int = 0,
    links: Iterable[SpanContext | None] = (),
    attempts: AttemptLinks | None = None,
    expected: type[BaseException] | tuple[()] = (),
    **attributes: Value,
) -> Iterator[Span]:
    """A span around what is done within. Its parent is given, or in `headers`, or it begins the trace of the
    correlation id; without any of them it belongs to the current span, and is not made where there is none.

    span_id: see `trace_context.derived`. links: what went before. expected: an exception that is no failure. Attribute
    names are given with `__` for a dot: `messaging__system="kafka"`.
    """
    if _active is None:
        yield _NONE
        return
    above = parent or _parent(headers, correlation_id) or current().context
    if above is None or not trace_context.is_kept(above.trace_id, _active.ratio):
        yield _NONE
        return
    before = (*links, trace_context.read(headers, LINK), attempts.last if attempts else None)
    made = Span(_begun(name, kind, above, named(attributes), before, span_id=span_id))
    if attempts is not None:
        attempts.last = made.context
    token = _current.set(made._recording)
    try:
        yield made
    except expected:
        raise
    except BaseException as error:
        # An exception's words may hold a phone number or what a customer wrote: only its type goes out.
        made.mark_failed(type(error).__name__)
        raise
    finally:
        _current.reset(token)
        made.end()


def begin(
    name: str,
    kind: SpanKind,
    above: SpanContext,
    attributes: dict[str, Value],
    *,
    links: Iterable[SpanContext | None] = (),
    began: int = 0,
) -> Span:
    """A span that the caller ends; `above` is kept (`is_kept`). began: nanoseconds since 1970; 0: now."""
    return Span(_begun(name, kind, above, attributes, links, began=began))


def _begun(
    name: str,
    kind: SpanKind,
    above: SpanContext,
    attributes: dict[str, Value],
    links: Iterable[SpanContext | None],
    *,
    span_id: int = 0,
    began: int = 0,
) -> Recording:
    parent = None if trace_context.is_beginning(above) else above
    known = trace_context.known(links)
    return Recording(name, kind, above.trace_id, parent, attributes, known, span_id=span_id, began=began)


def is_kept(of: SpanContext | None) -> bool:
    """Whether spans of this trace are made."""
    return _active is not None and of is not None and trace_context.is_kept(of.trace_id, _active.ratio)


def is_on() -> bool:
    """Whether spans are made at all."""
    return _active is not None


def _parent(headers: Headers, correlation_id: str) -> SpanContext | None:
    found = trace_context.read(headers) if headers else None
    if found is None and (trace_id := trace_context.trace_of(correlation_id)):
        found = trace_context.beginning(trace_id)
    return found


def named(attributes: dict[str, Value]) -> dict[str, Value]:
    """The attributes under their real names."""
    return {name.replace("__", "."): value for name, value in attributes.items()}
