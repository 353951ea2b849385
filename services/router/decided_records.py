"""The records that a conversation's kept decisions were made on, in a few hundred bytes. Plain values."""

from array import array
from collections.abc import Iterable
from datetime import datetime, timedelta

from shared.messages.inbound import InboundMessage
from shared.repositories.conversations import KEPT

_SLACK = timedelta(hours=1)  # by which a provider's clock may be wrong


class DecidedRecords:
    """The records of the last decisions, at most `KEPT`. Immutable. decided: each record's id and when it was decided
    on, oldest first.
    """

    __slots__ = ("_causes", "_times")

    def __init__(self, decided: Iterable[tuple[str, datetime | None]]) -> None:
        kept = list(decided)[-KEPT:]
        self._causes = array("q", [hash(cause) for cause, _ in kept])
        self._times = array("d", [at.timestamp() if at is not None else float("inf") for _, at in kept])

    def with_record(self, cause: str, at: datetime) -> "DecidedRecords":
        """Return them after another decision."""
        after = DecidedRecords(())
        after._causes = self._causes[-(KEPT - 1) :]
        after._times = self._times[-(KEPT - 1) :]
        after._causes.append(hash(cause))
        after._times.append(at.timestamp())
        return after

    def may_include(self, cause: str) -> bool:
        """Return whether a decision on the record may be kept: True for all of them, and hardly ever for others."""
        return hash(cause) in self._causes

    def may_have_dropped(self, message: InboundMessage) -> bool:
        """Return whether there may have been a decision on the message that is no longer kept.

        A decision follows the message, so there was none if the message was sent after the oldest kept decision. Only
        whole seconds are a provider's time; others are of the message's arrival, which may be its second one.
        """
        if len(self._causes) < KEPT:
            return False
        by_provider = not message.sent_at.microsecond
        return not by_provider or (message.sent_at - _SLACK).timestamp() <= self._times[0]
