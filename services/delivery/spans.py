"""Spans of attempts and of their statuses. The id of an attempt's span is derived from the message and the attempt's
number: a later attempt links to it from any process, and a status, which arrives in a trace of its own, is its child.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from shared.kafka.runtime.spans import span_of
from shared.messages.inbound import InboundStatus
from shared.messages.outbound import OutboundMessage
from shared.repositories.outbound_views import StatusOutcome
from shared.telemetry import logging, trace_context, tracing


def send_span(message: OutboundMessage, number: int) -> AbstractContextManager[tracing.Span]:
    """Wrap one call of the provider. number: of the attempt, from 1."""
    return tracing.span(
        f"send {message.provider}",
        tracing.SpanKind.CLIENT,
        span_id=_id(message.id, number),
        links=(_context(message.correlation_id, message.id, number - 1),),
        parley__provider=message.provider,
        parley__channel=message.channel,
        parley__attempt=number,
    )


@contextmanager
def status_span(status: InboundStatus, outcome: StatusOutcome) -> Iterator[None]:
    """Wrap what follows from a status, in the trace of the message, under the attempt that it is about."""
    arrived = span_of(status)
    about = _context(outcome.correlation_id, outcome.id, outcome.attempt)
    arrived.link(about)
    with (
        logging.bound(correlation_id=outcome.correlation_id, trace_id=outcome.correlation_id),
        tracing.span(
            f"status {status.status}",
            parent=about,
            correlation_id=outcome.correlation_id,
            links=(arrived.context,),
            parley__provider=status.provider,
            parley__status=status.status,
            parley__advanced=outcome.advanced,
        ),
    ):
        yield


def _context(correlation_id: str, message_id: str, number: int) -> tracing.SpanContext | None:
    trace_id = trace_context.trace_id_of(correlation_id) if tracing.is_enabled() else 0
    return trace_context.remote_context(trace_id, _id(message_id, number)) if trace_id and number else None


def _id(message_id: str, number: int) -> int:
    return trace_context.derived_span_id("try", message_id, str(number))
