"""The spans of records that a consumer processes, one for each time that a record is taken up."""

from collections.abc import Collection
from contextlib import AbstractContextManager

from shared.kafka.records import TopicPartition
from shared.kafka.runtime.lanes import Slot
from shared.messages.base import Message
from shared.telemetry import tracing


class Spans:
    """Of one consumer. group: its name. expected: raised by what is to be taken up later, which is no failure."""

    def __init__(self, group: str, expected: type[BaseException]) -> None:
        self._group = group
        self._expected = expected
        self._parked: dict[Slot, tracing.AttemptLinks] = {}

    def around(self, slot: Slot, message: Message) -> AbstractContextManager[tracing.Span]:
        """Around the processing of a record; it links to the time before."""
        record = slot.record
        return tracing.span(
            f"process {record.topic}",
            tracing.SpanKind.CONSUMER,
            headers=record.headers,
            correlation_id=message.correlation_id,
            attempts=self._parked.pop(slot, None),
            expected=self._expected,
            messaging__system="kafka",
            messaging__operation__name="process",
            messaging__operation__type="process",
            messaging__consumer__group__name=self._group,
            messaging__destination__name=record.topic,
            messaging__destination__partition__id=str(record.partition),
            messaging__kafka__offset=record.offset,
            parley__workspace=message.workspace,
        )

    def parked(self, slot: Slot) -> None:
        """The record that is processed now is to be taken up later."""
        here = tracing.current()
        here.set(parley__parked=True)
        if here.context is not None:
            self._parked[slot] = tracing.AttemptLinks(here.context)

    def forget(self, sources: Collection[TopicPartition]) -> None:
        """Nothing of these partitions is taken up any more."""
        for slot in [slot for slot in self._parked if slot.record.source in sources]:
            del self._parked[slot]
