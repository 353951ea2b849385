"""Traces across the hops: W3C trace context in Kafka headers, spans when an OTLP endpoint is configured.

The trace id is the correlation id (32 hex digits derived from the customer's message), so that a log line, a Kafka
record, a trace and `parley trace` all find each other, and a webhook that is delivered twice stays in one trace. What
is done again links to what was done before. Without an endpoint, and in a trace that is not kept, nothing is made.

No attribute may hold a phone number, an id that a provider made of one, or what somebody wrote.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Span as SdkSpan
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, StatusCode

from shared.kafka.records import Headers
from shared.telemetry import trace_ids
from shared.telemetry.trace_ids import LINK, PARENT, Ids

__all__ = [
    "Span",
    "SpanContext",
    "SpanKind",
    "Tries",
    "configure",
    "current",
    "headers_for",
    "linked",
    "shutdown",
    "span",
]

_EXPORT_LIMIT = 5.0  # seconds for one request
_LEAVE_LIMIT = 2.0  # seconds to send what is left when the process ends
_NOWHERE = Context()
Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class _Active:
    provider: TracerProvider
    tracer: trace.Tracer
    ids: Ids
    ratio: float


_active: _Active | None = None


def configure(service: str, endpoint: str, ratio: float, instance: str = "") -> None:
    """Export the spans of this share of all traces to an OTLP/HTTP endpoint; an empty endpoint: only the context is
    carried on. A receiver that is away costs the spans, never the work.
    """
    global _active  # noqa: PLW0603 - the SDK itself keeps one provider per process
    if not endpoint:
        return
    resource = Resource.create({"service.name": f"parley-{service}", "service.instance.id": instance or service})
    ids = Ids()
    # Which traces are kept is decided here, before the SDK is asked: what is not kept costs next to nothing.
    provider = TracerProvider(sampler=ALWAYS_ON, resource=resource, id_generator=ids, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=_EXPORT_LIMIT)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _active = _Active(provider, provider.get_tracer("parley"), ids, ratio)


def shutdown() -> None:
    """Send what is still to be sent, for two seconds at most."""
    global _active  # noqa: PLW0603 - see configure
    if _active is not None:
        sending = threading.Thread(target=_active.provider.shutdown, daemon=True)
        _active = None
        sending.start()
        sending.join(_LEAVE_LIMIT)


class Span:
    """What is done, while it is done. Of a trace that is not kept it knows nothing, and takes everything."""

    __slots__ = ("_span",)

    def __init__(self, span: trace.Span | None) -> None:
        self._span = span

    @property
    def context(self) -> SpanContext | None:
        """To link to it; None: it is not kept."""
        return self._span.get_span_context() if self._span else None

    def set(self, **attributes: Value) -> None:
        """Give it attributes; `__` in a name is a dot."""
        if self._span:
            self._span.set_attributes(named(attributes))

    def event(self, name: str, **attributes: Value) -> None:
        """Something happened."""
        if self._span:
            self._span.add_event(name, named(attributes))

    def link(self, to: SpanContext | None) -> None:
        """What belongs to it, and did not lead to it."""
        if self._span and to is not None:
            self._span.add_link(to)

    def failed(self, kind: str) -> None:
        """It did not go well; kind: one of few words, never those of an error."""
        if self._span:
            self._span.set_status(StatusCode.ERROR)
            self._span.set_attribute("error.type", kind)

    def redelivered(self) -> None:
        """What it works on was worked on before: it links to the context in which both came."""
        if isinstance(self._span, SdkSpan):
            self._span.set_attribute("parley.redelivered", True)
            self.link(self._span.parent)


_NONE = Span(None)


class Tries:
    """What is tried again and again: each span that is begun with it links to the one before."""

    __slots__ = ("last",)

    def __init__(self, last: SpanContext | None = None) -> None:
        self.last = last


def current() -> Span:
    """The span that we are in."""
    found = trace.get_current_span() if _active else None
    return Span(found) if found is not None and found.is_recording() else _NONE


def headers_for(correlation_id: str) -> Headers:
    """The headers of a new record of an exchange: the current span's context if it is of the same trace, otherwise
    the beginning of the exchange's own.
    """
    here = current().context
    if here is not None and here.trace_id == trace_ids.trace_of(correlation_id):
        return ((PARENT, trace_ids.written(here)),)
    return ((PARENT, f"00-{correlation_id}-{correlation_id[:16]}-01".encode()),)


def linked(headers: Headers) -> Headers:
    """The headers of a record that is put aside now, so that it links to this when it is read again."""
    here = current().context
    return headers if here is None else trace_ids.replaced(headers, LINK, here)


def trace_id_of(headers: Headers) -> str:
    """The trace id in a record's headers, or an empty string."""
    found = trace_ids.read(headers)
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
    tries: Tries | None = None,
    passing: type[BaseException] | tuple[()] = (),
    **attributes: Value,
) -> Iterator[Span]:
    """A span around what is done within. Its parent is given, or in `headers`, or it begins the trace of the
    correlation id; without any of them it belongs to the current span, and is not made where there is none.

    span_id: see `trace_ids.derived`. links: what went before. passing: an exception that is no failure. Attribute names
    are given with `__` for a dot: `messaging__system="kafka"`.
    """
    if _active is None:
        yield _NONE
        return
    above = parent or _parent(headers, correlation_id) or current().context
    if above is None or not trace_ids.is_kept(above.trace_id, _active.ratio):
        yield _NONE
        return
    before = (*links, trace_ids.read(headers, LINK), tries.last if tries else None)
    made = begin(name, kind, above, span_id=span_id, links=before, attributes=named(attributes))
    if tries is not None:
        tries.last = made.get_span_context()
    # An exception's words may hold a phone number or what a customer wrote: only its type goes out.
    with trace.use_span(made, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        wrapped = Span(made)
        try:
            yield wrapped
        except passing:
            raise
        except BaseException as error:
            wrapped.failed(type(error).__name__)
            raise


def begin(
    name: str,
    kind: SpanKind,
    above: SpanContext,
    *,
    span_id: int = 0,
    links: Iterable[SpanContext | None] = (),
    began: int | None = None,
    attributes: dict[str, Value],
) -> trace.Span:
    """A span that the caller ends, while spans are made (`is_kept`). began: nanoseconds since 1970."""
    assert _active is not None  # noqa: S101 - see above
    _active.ids.next_span = span_id
    if trace_ids.is_beginning(above):
        _active.ids.next_trace = above.trace_id
        within = _NOWHERE
    else:
        within = trace.set_span_in_context(NonRecordingSpan(above), _NOWHERE)
    return _active.tracer.start_span(
        name,
        context=within,
        kind=kind,
        attributes=attributes,
        links=[Link(one) for one in trace_ids.known(links)],
        start_time=began,
    )


def is_kept(of: SpanContext | None) -> bool:
    """Whether spans of this trace are made."""
    return _active is not None and of is not None and trace_ids.is_kept(of.trace_id, _active.ratio)


def is_on() -> bool:
    """Whether spans are made at all."""
    return _active is not None


def _parent(headers: Headers, correlation_id: str) -> SpanContext | None:
    found = trace_ids.read(headers) if headers else None
    if found is None and (trace_id := trace_ids.trace_of(correlation_id)):
        found = trace_ids.beginning(trace_id)
    return found


def named(attributes: dict[str, Value]) -> dict[str, Value]:
    """The attributes under their real names."""
    return {name.replace("__", "."): value for name, value in attributes.items()}
