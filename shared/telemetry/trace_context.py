"""Ids of traces and spans, and W3C `traceparent` headers. Pure.

The trace id is the correlation id of an exchange, 32 hex digits. A context whose span id is the first half of its trace
id stands for the beginning of a trace: no span has it, and a span that is begun under it is the root.
"""

import re
from collections.abc import Iterable
from hashlib import blake2b

from opentelemetry.trace import SpanContext, TraceFlags

from shared.kafka.records import Headers

PARENT = "traceparent"
LINK = "tracelink"  # of the same form: what went before, and is not what led to the record
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_PARENT_FORM = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_TRACE_FORM = re.compile(r"[0-9a-f]{32}")
_BITS = 48  # of the trace id that decide whether a trace is kept: those before the digits that all our ids share
_SHIFT = 128 - _BITS


def trace_of(correlation_id: str) -> int:
    """The trace of an exchange; 0: it has none."""
    return int(correlation_id, 16) if _TRACE_FORM.fullmatch(correlation_id) else 0


def beginning(trace_id: int) -> SpanContext:
    """The context that stands for the beginning of a trace."""
    return context(trace_id, trace_id >> 64)


def is_beginning(of: SpanContext) -> bool:
    """Whether it is one that stands for the beginning of a trace."""
    return of.span_id == of.trace_id >> 64


def context(trace_id: int, span_id: int) -> SpanContext:
    """Of a span somewhere else."""
    return SpanContext(trace_id, span_id, is_remote=True, trace_flags=_SAMPLED)


def derived(*parts: str) -> int:
    """The id of a span that is fully named by `parts`: whoever knows them can link to it."""
    return int.from_bytes(blake2b("\x1f".join(parts).encode(), digest_size=8).digest()) or 1


def is_kept(trace_id: int, ratio: float) -> bool:
    """Whether a trace is among the share that is kept. It depends on the id alone, so that all hops decide alike."""
    return trace_id >> _SHIFT < ratio * (1 << _BITS)


def written(of: SpanContext) -> bytes:
    """The header of a context."""
    return f"00-{of.trace_id:032x}-{of.span_id:016x}-01".encode()


def read(headers: Headers, name: str = PARENT) -> SpanContext | None:
    """The context in a record's headers; None: there is none that can be read."""
    found = _PARENT_FORM.fullmatch(next((value for key, value in headers if key == name), b""))
    if found is None:
        return None
    there = context(int(found[1], 16), int(found[2], 16))
    return there if there.is_valid else None


def replaced(headers: Headers, name: str, of: SpanContext) -> Headers:
    """The headers with this context in the place of one of the same name."""
    return ((name, written(of)), *(header for header in headers if header[0] != name))


def known(contexts: Iterable[SpanContext | None]) -> list[SpanContext]:
    """Without the beginnings, which nobody could look at."""
    return [one for one in contexts if one is not None and not is_beginning(one)]
