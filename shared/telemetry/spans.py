"""A span while it runs. When it ends, the SDK gets it as its `ReadableSpan`.

The SDK's own span checks, copies and locks each attribute, which more than doubles the cost of a span (decision 26).
"""

import time
from collections.abc import Sequence

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode

Value = str | int | float | bool

_SCOPE = InstrumentationScope("parley")
_OK, _ERROR = Status(StatusCode.UNSET), Status(StatusCode.ERROR)
_MOST = 32  # links and events of a span, each


def dotted(attributes: dict[str, Value]) -> dict[str, Value]:
    """Return the attributes with `.` in place of `__` in their names."""
    return {name.replace("__", "."): value for name, value in attributes.items()}


class Span:
    """A span that has begun. context: None where the trace is not sampled: then nothing is recorded. parent: None for a
    root span. began: nanoseconds since 1970; 0: now.

    The names of attributes are given with `__` for a dot: `messaging__system="kafka"`.
    """

    __slots__ = ("_attributes", "_began", "_events", "_failed", "_kind", "_links", "_name", "_parent", "context")

    def __init__(
        self,
        name: str = "",
        kind: SpanKind = SpanKind.INTERNAL,
        context: SpanContext | None = None,
        parent: SpanContext | None = None,
        attributes: dict[str, Value] | None = None,
        links: Sequence[SpanContext] = (),
        began: int = 0,
    ) -> None:
        self.context = context
        self._name = name
        self._kind = kind
        self._parent = parent
        self._attributes = attributes or {}
        self._links = [Link(one) for one in links]
        self._events: list[Event] = []
        self._began = began or time.time_ns()
        self._failed = False

    def set(self, **attributes: Value) -> None:
        """Set attributes."""
        if self.context:
            self._attributes.update(dotted(attributes))

    def event(self, name: str, **attributes: Value) -> None:
        """Add an event that happens now."""
        if self.context and len(self._events) < _MOST:
            self._events.append(Event(name, dotted(attributes), time.time_ns()))

    def link(self, to: SpanContext | None) -> None:
        """Link to a span that is related and is not the parent."""
        if self.context and to is not None and len(self._links) < _MOST:
            self._links.append(Link(to))

    def mark_failed(self, kind: str) -> None:
        """Set the status to error. kind: of a small set of words, never the text of an error."""
        if self.context:
            self._failed = True
            self._attributes["error.type"] = kind

    def mark_redelivered(self) -> None:
        """Mark that its record was processed before, and link to the context in which both came."""
        self.set(parley__redelivered=True)
        self.link(self._parent)

    def readable(self, resource: Resource) -> ReadableSpan:
        """Return the span as it ends now, for the SDK."""
        return ReadableSpan(
            self._name,
            self.context,
            self._parent,
            resource,
            self._attributes,
            self._events,
            self._links,
            self._kind,
            status=_ERROR if self._failed else _OK,
            start_time=self._began,
            end_time=time.time_ns(),
            instrumentation_scope=_SCOPE,
        )


NOT_RECORDED = Span()


class AttemptLinks:
    """Links the spans of repeated attempts: each span that is begun with it links to the one before."""

    __slots__ = ("last",)

    def __init__(self, last: SpanContext | None = None) -> None:
        self.last = last
