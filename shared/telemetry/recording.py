"""A span while it runs, and the hand-over to the SDK when it ends.

The SDK's own span checks, copies and locks each attribute, which takes several times as long as all else that is done
for a span; ours are few, and known to be good. What is handed over is the SDK's `ReadableSpan`.
"""

import time
from collections.abc import Callable, Sequence
from random import getrandbits

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

Value = str | int | float | bool

_SCOPE = InstrumentationScope("parley")
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_OK, _ERROR = Status(StatusCode.UNSET), Status(StatusCode.ERROR)
_MOST = 32  # links and events of a span, each


class Recording:
    """parent: None for a root. began: nanoseconds since 1970; 0: now. span_id: 0: a random one."""

    __slots__ = ("attributes", "began", "context", "events", "failed", "kind", "links", "name", "parent")

    def __init__(
        self,
        name: str,
        kind: SpanKind,
        trace_id: int,
        parent: SpanContext | None,
        attributes: dict[str, Value],
        links: Sequence[SpanContext],
        *,
        span_id: int = 0,
        began: int = 0,
    ) -> None:
        self.name = name
        self.kind = kind
        self.context = SpanContext(trace_id, span_id or getrandbits(64) or 1, is_remote=False, trace_flags=_SAMPLED)
        self.parent = parent
        self.attributes = attributes
        self.links = [Link(one) for one in links]
        self.events: list[Event] = []
        self.began = began or time.time_ns()
        self.failed = False

    def event(self, name: str, attributes: dict[str, Value]) -> None:
        """Something happened now."""
        if len(self.events) < _MOST:
            self.events.append(Event(name, attributes, time.time_ns()))

    def link(self, to: SpanContext) -> None:
        """What belongs to it."""
        if len(self.links) < _MOST:
            self.links.append(Link(to))

    def end(self, resource: Resource, take: Callable[[ReadableSpan], None]) -> None:
        """It is over; `take` is given it."""
        take(
            ReadableSpan(
                self.name,
                self.context,
                self.parent,
                resource,
                self.attributes,
                self.events,
                self.links,
                self.kind,
                status=_ERROR if self.failed else _OK,
                start_time=self.began,
                end_time=time.time_ns(),
                instrumentation_scope=_SCOPE,
            )
        )
