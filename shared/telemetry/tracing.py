"""Traces across the hops: W3C trace context in Kafka headers, spans when an OTLP endpoint is configured.

The trace id is the correlation id (32 hex digits derived from the customer's message), so that a log line, a Kafka
record, a trace and `parley trace` all find each other, and a webhook that is delivered twice stays in one trace.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, StatusCode, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.kafka.records import Headers

_PROPAGATOR = TraceContextTextMapPropagator()
_HEADER = "traceparent"

__all__ = ["Link", "SpanKind", "configure", "headers_for", "shutdown", "span", "trace_id_of"]

_provider: TracerProvider | None = None


def configure(service: str, endpoint: str, ratio: float, instance: str = "") -> None:
    """Export spans to an OTLP/HTTP endpoint; with an empty endpoint only the context is carried on."""
    global _provider  # noqa: PLW0603 - the SDK itself keeps one provider per process
    if not endpoint:
        return
    resource = Resource.create({"service.name": f"parley-{service}", "service.instance.id": instance or service})
    # Whether a trace is kept depends on its id alone, so all hops decide alike.
    sampler = ParentBasedTraceIdRatio(ratio)
    _provider = TracerProvider(resource=resource, sampler=sampler)
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=5)
    _provider.add_span_processor(BatchSpanProcessor(exporter))


def shutdown() -> None:
    """Send what is still to be sent."""
    global _provider  # noqa: PLW0603 - see configure
    if _provider is not None:
        _provider.shutdown()
        _provider = None


def headers_for(correlation_id: str) -> Headers:
    """The headers of a new record: the current span's context, or one made from the correlation id."""
    carrier: dict[str, str] = {}
    if _provider is not None:
        _PROPAGATOR.inject(carrier)
    value = carrier.get(_HEADER) or f"00-{correlation_id}-{correlation_id[:16]}-01"
    return ((_HEADER, value.encode()),)


def trace_id_of(headers: Headers) -> str:
    """The trace id in a record's headers, or an empty string."""
    value = next((value for name, value in headers if name == _HEADER), b"")
    parts = value.split(b"-")
    return parts[1].decode("ascii", "replace") if len(parts) == 4 else ""


@contextmanager
def span(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    *,
    headers: Headers = (),
    correlation_id: str = "",
    **attributes: str | int | float | bool,
) -> Iterator[None]:
    """A span around what is done within; its parent is in `headers`, or the trace begins with `correlation_id`.

    Attribute names are given with `__` for a dot: `messaging__system="kafka"`.
    """
    if _provider is None:
        yield
        return
    tracer = _provider.get_tracer("parley")
    parent = _parent(headers, correlation_id)
    named = {key.replace("__", "."): value for key, value in attributes.items()}
    # An exception's words may hold a phone number or what a customer wrote: only its type goes out.
    with tracer.start_as_current_span(
        name, context=parent, kind=kind, attributes=named, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield
        except BaseException as error:
            current.set_status(StatusCode.ERROR)
            current.set_attribute("error.type", type(error).__name__)
            raise


def _parent(headers: Headers, correlation_id: str) -> Context | None:
    if headers:
        return _PROPAGATOR.extract({key: value.decode("ascii", "replace") for key, value in headers})
    if correlation_id:
        root = SpanContext(
            int(correlation_id, 16), int(correlation_id[:16], 16), is_remote=True, trace_flags=TraceFlags(1)
        )
        return trace.set_span_in_context(NonRecordingSpan(root))
    return None
