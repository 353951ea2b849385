"""Traces across the services: W3C trace context in Kafka headers, spans when an OTLP endpoint is configured.

The trace id is the correlation id (32 hex digits derived from the customer's message), so that log lines, Kafka
records, traces and `parley trace` find each other, and a webhook that is delivered twice stays in one trace. Work that
is done again links to what was done before. Without an endpoint, and in a trace that is not sampled, no span is made.

No attribute may hold a phone number, an id that a provider derives from one, or a customer's or agent's text.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from random import getrandbits
from typing import TYPE_CHECKING

from opentelemetry.trace import SpanContext, SpanKind

from shared.telemetry import trace_context
from shared.telemetry.spans import NOT_RECORDED, AttemptLinks, Span, Value, dotted
from shared.telemetry.trace_context import LINK, PARENT, SAMPLED, Headers

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

__all__ = [
    "NOT_RECORDED",
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
_SHUTDOWN_LIMIT = 2.0  # seconds to export what is left when the process ends


@dataclass(frozen=True, slots=True)
class _Active:
    processor: "BatchSpanProcessor"
    resource: "Resource"
    ratio: float


_active: _Active | None = None
_current: ContextVar[Span] = ContextVar("span", default=NOT_RECORDED)
_UNRECORDED = nullcontext(NOT_RECORDED)


def configure(service: str, endpoint: str, ratio: float, instance: str = "") -> None:
    """Export the spans of this share of all traces to an OTLP/HTTP endpoint. Without one, only the context is passed
    on. If the receiver cannot be reached, spans are lost and no work waits.
    """
    global _active  # noqa: PLW0603 - one exporter per process
    if not endpoint:
        return
    # The exporter costs a process 4 MB, so it is imported only where it is used.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create({"service.name": f"parley-{service}", "service.instance.id": instance or service})
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=_EXPORT_LIMIT)
    _active = _Active(BatchSpanProcessor(exporter), resource, ratio)


def shutdown() -> None:
    """Export what is left, for two seconds at most."""
    global _active  # noqa: PLW0603 - see configure
    if _active is not None:
        exporting = threading.Thread(target=_active.processor.shutdown, daemon=True)
        _active = None
        exporting.start()
        exporting.join(_SHUTDOWN_LIMIT)


def is_enabled() -> bool:
    """Return whether spans are exported at all."""
    return _active is not None


def is_sampled(context: SpanContext | None) -> bool:
    """Return whether spans of this context's trace are recorded."""
    return _active is not None and context is not None and trace_context.is_sampled(context.trace_id, _active.ratio)


def current() -> Span:
    """Return the current span."""
    return _current.get() if _active else NOT_RECORDED


@contextmanager
def no_current_span() -> Iterator[None]:
    """Let the block have no current span."""
    token = _current.set(NOT_RECORDED)
    try:
        yield
    finally:
        _current.reset(token)


def headers_for(correlation_id: str) -> Headers:
    """Return the headers of a new record of an exchange: the current span's context if it is of the same trace,
    otherwise the root context of the exchange's trace.
    """
    here = current().context
    if here is not None and here.trace_id == trace_context.trace_id_of(correlation_id):
        return ((PARENT, trace_context.to_header(here)),)
    return ((PARENT, f"00-{correlation_id}-{correlation_id[:16]}-01".encode()),)


def link_headers(headers: Headers) -> Headers:
    """Return the headers with a link to the current span, for a record that is processed again later."""
    here = current().context
    return headers if here is None else trace_context.with_context(headers, LINK, here)


def trace_id_of(headers: Headers) -> str:
    """Return the trace id in a record's headers, or an empty string."""
    return trace_context.trace_id_in(headers)


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
) -> AbstractContextManager[Span]:
    """Make a span around the block. Its parent is `parent`, or that in `headers`, or the root context of the
    correlation id's trace, or the current span; without any of them no span is made.

    span_id: see `trace_context.derived_span_id`; 0: a random one. expected: an exception that is no failure.
    """
    if _active is None:
        return _UNRECORDED
    above = parent or _parent(headers, correlation_id) or current().context
    if above is None or not is_sampled(above):
        return _UNRECORDED
    before = (*links, trace_context.from_headers(headers, LINK), attempts.last if attempts else None)
    made = begin(name, kind, above, dotted(attributes), links=before, span_id=span_id)
    if attempts is not None:
        attempts.last = made.context
    return _around(made, expected)


@contextmanager
def _around(made: Span, expected: type[BaseException] | tuple[()]) -> Iterator[Span]:
    token = _current.set(made)
    try:
        yield made
    except expected:
        raise
    except BaseException as error:
        # The text of an exception may hold a phone number or a customer's words: only its type is exported.
        made.mark_failed(type(error).__name__)
        raise
    finally:
        _current.reset(token)
        end(made)


def begin(
    name: str,
    kind: SpanKind,
    above: SpanContext,
    attributes: dict[str, Value],
    *,
    links: Iterable[SpanContext | None] = (),
    span_id: int = 0,
    began: int = 0,
) -> Span:
    """Return a span that the caller ends with `end`. above: the parent, or the root context of a sampled trace."""
    context = SpanContext(above.trace_id, span_id or getrandbits(64) or 1, is_remote=False, trace_flags=SAMPLED)
    parent = None if trace_context.is_root_context(above) else above
    return Span(name, kind, context, parent, attributes, trace_context.linkable(links), began)


def end(made: Span) -> None:
    """End a span and export it."""
    if _active is not None and made.context is not None:
        _active.processor.on_end(made.readable(_active.resource))


def _parent(headers: Headers, correlation_id: str) -> SpanContext | None:
    if _active is None:
        return None
    found = trace_context.from_headers(headers) if headers else None
    if found is None and (trace_id := trace_context.trace_id_of(correlation_id)):
        found = trace_context.root_context(trace_id)
    return found
