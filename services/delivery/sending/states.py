"""States of an outbound message, and the events that change them: the one table of sending. Pure.

`decisions` turns what is known of a message into an event, this table says what follows from it, and the modules beside
it carry the effects out. `docs/when-sending-fails.md` shows the same table; `tests/services/test_sending_states.py`
compares the two, and what MongoDB has after each event.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from shared.repositories.outbound_views import OutboundState

NEW = None
"""The state of a message that has no document yet."""

SENDING, WAITING, HELD = OutboundState.SENDING, OutboundState.WAITING, OutboundState.HELD
SENT, FAILED = OutboundState.SENT, OutboundState.FAILED


class Event(StrEnum):
    """Something that happens to a message."""

    READY = "ready"  # a record is read, and an attempt may be made now
    NOT_READY = "not ready"  # a record is read, and the next attempt is more than 3 s away
    CHANNEL_STOPPED = "channel stopped"  # a record is read; the channel is stopped, or the previous message is held
    STALE_RECORD = "stale record"  # the record of an earlier attempt is read
    REDELIVERED = "redelivered"  # a record is read after the end
    DOUBT_UNRESOLVED = "doubt unresolved"  # no status within the grace, and the message is not to be sent again
    ACCEPTED = "accepted"  # the provider returned its id
    NO_ANSWER = "no answer"  # the connection broke after the request had gone out
    RETRY = "retry"  # the attempt failed, and another one is allowed
    CHANNEL_REFUSED = "channel refused"  # the provider refused the channel as a whole
    GAVE_UP = "gave up"  # the attempt failed for good, or the limits are reached
    RELEASED = "released"  # the channel of a held message works again
    REOPENED = "reopened"  # an operator replays the dead letter, or retries a broadcast
    STATUS_REACHED = "status: sent, delivered, read"
    STATUS_FAILED = "status: failed"  # followed by one of the next three
    STATUS_RETRY = "failed status, retry"
    STATUS_CHANNEL_REFUSED = "failed status, channel refused"
    STATUS_GAVE_UP = "failed status, gave up"


class Effect(StrEnum):
    """Something done besides storing the new state, in the order of the table."""

    MARK_POSSIBLE_DUPLICATE = "mark as possible duplicate"
    CALL_PROVIDER = "call the provider"
    AWAIT_STATUS = "wait for a status"
    STOP_CHANNEL = "stop the channel"
    SCHEDULE_RETRY = "publish to `outbound.retry`"
    REPORT_CUSTOMER = "report opt-out or undeliverable customer"
    PUBLISH_SENT = "publish `message.sent`"
    PUBLISH_FAILED = "publish `message.failed` and a dead letter"
    PUBLISH_STATUS = "publish `message.status`"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table. states: in which the event may happen; `NEW` is None."""

    states: tuple[OutboundState | None, ...]
    event: Event
    next_state: OutboundState
    effects: tuple[Effect, ...] = ()

    def does(self, effect: Effect) -> bool:
        """Return whether an effect follows."""
        return effect in self.effects


_DOUBTFUL = (Effect.MARK_POSSIBLE_DUPLICATE,)
_NOT_SENDING = (NEW, WAITING, HELD)

TRANSITIONS: tuple[Transition, ...] = (
    # A record is read.
    Transition(_NOT_SENDING, Event.READY, SENDING, (Effect.CALL_PROVIDER,)),
    Transition(_NOT_SENDING, Event.NOT_READY, WAITING, (Effect.SCHEDULE_RETRY,)),
    Transition(_NOT_SENDING, Event.CHANNEL_STOPPED, HELD),
    Transition((WAITING,), Event.STALE_RECORD, WAITING, (Effect.SCHEDULE_RETRY,)),
    Transition((SENT,), Event.REDELIVERED, SENT, (Effect.PUBLISH_SENT,)),
    Transition((FAILED,), Event.REDELIVERED, FAILED, (Effect.PUBLISH_FAILED,)),
    # The same of a message in doubt, after the grace for a status.
    Transition((SENDING,), Event.READY, SENDING, (*_DOUBTFUL, Effect.CALL_PROVIDER)),
    Transition((SENDING,), Event.NOT_READY, WAITING, (*_DOUBTFUL, Effect.SCHEDULE_RETRY)),
    Transition((SENDING,), Event.CHANNEL_STOPPED, HELD, _DOUBTFUL),
    Transition((SENDING,), Event.DOUBT_UNRESOLVED, FAILED, (Effect.PUBLISH_FAILED,)),
    # An attempt has ended.
    Transition((SENDING,), Event.ACCEPTED, SENT, (Effect.PUBLISH_SENT,)),
    Transition((SENDING,), Event.NO_ANSWER, SENDING, (Effect.AWAIT_STATUS,)),
    Transition((SENDING,), Event.RETRY, WAITING, (Effect.SCHEDULE_RETRY,)),
    Transition((SENDING,), Event.CHANNEL_REFUSED, HELD, (Effect.STOP_CHANNEL,)),
    Transition((SENDING,), Event.GAVE_UP, FAILED, (Effect.REPORT_CUSTOMER, Effect.PUBLISH_FAILED)),
    # Something else has happened.
    Transition((HELD,), Event.RELEASED, WAITING, (Effect.SCHEDULE_RETRY,)),
    Transition((FAILED,), Event.REOPENED, WAITING),
    # A provider has reported.
    Transition((SENDING, WAITING, HELD, SENT, FAILED), Event.STATUS_REACHED, SENT, (Effect.PUBLISH_STATUS,)),
    Transition((SENDING, WAITING, HELD, SENT), Event.STATUS_FAILED, FAILED, (Effect.PUBLISH_STATUS,)),
    Transition((FAILED,), Event.STATUS_RETRY, WAITING, (Effect.SCHEDULE_RETRY,)),
    Transition((FAILED,), Event.STATUS_CHANNEL_REFUSED, HELD, (Effect.STOP_CHANNEL,)),
    Transition((FAILED,), Event.STATUS_GAVE_UP, FAILED, (Effect.REPORT_CUSTOMER, Effect.PUBLISH_FAILED)),
)


def _index(rows: Iterable[Transition]) -> dict[tuple[OutboundState | None, Event], Transition]:
    index: dict[tuple[OutboundState | None, Event], Transition] = {}
    for row in rows:
        for state in row.states:
            if (state, row.event) in index:
                raise ValueError(f"two rows for {state} and {row.event}")
            index[state, row.event] = row
    return index


_BY_STATE_AND_EVENT = _index(TRANSITIONS)


def transition(state: OutboundState | None, event: Event) -> Transition:
    """Return what follows from an event in a state. Raises KeyError when the event cannot happen in it."""
    return _BY_STATE_AND_EVENT[state, event]
