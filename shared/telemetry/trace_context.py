"""Ids of traces and spans, and W3C `traceparent` headers. Pure.

The trace id is the correlation id of an exchange, 32 hex digits. A context whose span id is the first half of its trace
id is the root context: no span has it, and a span that is begun under it is the root of the trace.
"""

import re
from collections.abc import Iterable
from hashlib import blake2b

from opentelemetry.trace import SpanContext, TraceFlags

Headers = tuple[tuple[str, bytes], ...]

PARENT = "traceparent"
LINK = "tracelink"  # of the same form: a span before, which is not the parent
SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_HEADER = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_NO_TRACE, _NO_SPAN = b"0" * 32, b"0" * 16
_TRACE_ID = re.compile(r"[0-9a-f]{32}")
_BITS = 48  # of the trace id that decide sampling: those before the digits that all our ids share
_SHIFT = 128 - _BITS


def trace_id_of(correlation_id: str) -> int:
    """Return the trace id of an exchange; 0 if the correlation id is not one."""
    return int(correlation_id, 16) if _TRACE_ID.fullmatch(correlation_id) else 0


def root_context(trace_id: int) -> SpanContext:
    """Return the context above the root span of a trace."""
    return remote_context(trace_id, trace_id >> 64)


def is_root_context(context: SpanContext) -> bool:
    return context.span_id == context.trace_id >> 64


def remote_context(trace_id: int, span_id: int) -> SpanContext:
    """Return the context of a span of another process."""
    return SpanContext(trace_id, span_id, is_remote=True, trace_flags=SAMPLED)


def derived_span_id(*parts: str) -> int:
    """Return the id of a span that `parts` name: any process that knows them can link to it."""
    return int.from_bytes(blake2b("\x1f".join(parts).encode(), digest_size=8).digest()) or 1


def is_sampled(trace_id: int, ratio: float) -> bool:
    """Return whether a trace is in the sampled share. The id alone decides, so that all processes decide alike."""
    return trace_id >> _SHIFT < ratio * (1 << _BITS)


def to_header(context: SpanContext) -> bytes:
    """Return the header value of a context."""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-01".encode()


def trace_id_in(headers: Headers) -> str:
    """Return the trace id in a record's headers; empty if they have no valid context."""
    found = _HEADER.fullmatch(next((value for key, value in headers if key == PARENT), b""))
    if found is None or found[1] == _NO_TRACE or found[2] == _NO_SPAN:
        return ""
    return found[1].decode()


def from_headers(headers: Headers, name: str = PARENT) -> SpanContext | None:
    """Return the context in a record's headers; None if there is no valid one."""
    found = _HEADER.fullmatch(next((value for key, value in headers if key == name), b""))
    if found is None:
        return None
    context = remote_context(int(found[1], 16), int(found[2], 16))
    return context if context.is_valid else None


def with_context(headers: Headers, name: str, context: SpanContext) -> Headers:
    """Return the headers with this context in place of one of the same name."""
    return ((name, to_header(context)), *(header for header in headers if header[0] != name))


def linkable(contexts: Iterable[SpanContext | None]) -> list[SpanContext]:
    """Return the contexts that spans have: neither None nor root contexts."""
    return [one for one in contexts if one is not None and not is_root_context(one)]
