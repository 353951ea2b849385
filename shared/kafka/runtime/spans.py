"""The spans of the records that a consumer processes: one for each time that a record is started."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from contextvars import ContextVar

from shared.kafka.records import TopicPartition
from shared.kafka.runtime.slots import Slot
from shared.messages.base import Message
from shared.telemetry import tracing

_NO_SPAN = nullcontext(tracing.NOT_RECORDED)
_batch: ContextVar[dict[str, tracing.Span] | None] = ContextVar("batch_spans", default=None)


def span_of(message: Message) -> tracing.Span:
    """Return the span in which a record is processed: its own in a batch, otherwise the current one."""
    spans = _batch.get()
    return tracing.current() if spans is None else spans.get(message.id, tracing.current())


class ProcessSpans:
    """Makes the spans of processed records. group: the consumer group. retry: the exception that ends an attempt and is
    no failure.
    """

    def __init__(self, group: str, retry: type[BaseException]) -> None:
        self._group = group
        self._retry = retry
        self._attempts: dict[Slot, tracing.AttemptLinks] = {}

    def around(self, slot: Slot, message: Message) -> AbstractContextManager[tracing.Span]:
        """Return the span around the processing of a record; it links to the record's attempt before."""
        if not tracing.is_enabled():
            return _NO_SPAN
        record = slot.record
        return tracing.span(
            f"process {record.topic}",
            tracing.SpanKind.CONSUMER,
            headers=record.headers,
            correlation_id=message.correlation_id,
            attempts=self._attempts.pop(slot, None),
            expected=self._retry,
            messaging__system="kafka",
            messaging__operation__name="process",
            messaging__operation__type="process",
            messaging__consumer__group__name=self._group,
            messaging__destination__name=record.topic,
            messaging__destination__partition__id=str(record.partition),
            messaging__kafka__offset=record.offset,
            parley__workspace=message.workspace,
        )

    @contextmanager
    def around_batch(self, slots: Sequence[Slot], messages: Sequence[Message]) -> Iterator[None]:
        """Make the spans of records that are processed together; none of them is the current one (`span_of`)."""
        if not tracing.is_enabled():
            yield
            return
        with ExitStack() as stack:
            spans = {
                message.id: stack.enter_context(self.around(slot, message))
                for slot, message in zip(slots, messages, strict=True)
            }
            stack.enter_context(tracing.no_current_span())
            token = _batch.set(spans)
            try:
                yield
            finally:
                _batch.reset(token)

    def mark_retry(self, slot: Slot) -> None:
        """Mark the current span: its record will be started again."""
        here = tracing.current()
        here.set(parley__parked=True)
        if here.context is not None:
            self._attempts[slot] = tracing.AttemptLinks(here.context)

    def forget(self, sources: Collection[TopicPartition]) -> None:
        """Forget the records of these partitions: they will not be started again here."""
        for slot in [slot for slot in self._attempts if slot.record.source in sources]:
            del self._attempts[slot]
