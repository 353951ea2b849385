"""Decisions about an outbound message. Pure: plain values in, an event of `states` out."""

from dataclasses import dataclass
from enum import StrEnum

from services.delivery.sending.retry_policy import Retry, RetryLimits, next_retry
from services.delivery.sending.states import FAILED, SENT, WAITING, Event
from shared.messages.dead_letters import DeadLetterReason
from shared.messages.inbound import ProviderError
from shared.providers.errors import RETRYABLE, ErrorKind, SendError
from shared.repositories.outbound_views import OutboundState
from shared.workspace.config import InDoubt

NO_REASON = ProviderError(code="none", title="The provider gave no reason.")
_MOST_DOUBTFUL_ATTEMPTS = 2
_AT_ONCE = Retry(0.0, in_place=True, charged=True)
_NEXT_RECORD = Retry(0.0, in_place=False, charged=True)


def event_of_record(state: OutboundState, *, stored_attempt: int, record_attempt: int) -> Event | None:
    """Return what a record means for a stored message; None: its readiness decides."""
    if state in (SENT, FAILED):
        return Event.REDELIVERED
    if state is WAITING and record_attempt != stored_attempt:
        return Event.STALE_RECORD
    return None


class DoubtVerdict(StrEnum):
    """Decision on a message in doubt when no status came; the values are labels of `parley_in_doubt_total`."""

    SEND_AGAIN = "sent_again"
    HOLD = "held"
    GIVE_UP = "given_up"


def doubt_verdict(choice: str, *, possible_duplicate: bool, attempt: int) -> DoubtVerdict:
    """Return what happens to a message in doubt. choice: the workspace's `in_doubt`.

    In doubt a second time it is given up: a provider that takes messages and never answers would otherwise send the
    same text without end.
    """
    if choice == InDoubt.HOLD:
        return DoubtVerdict.HOLD
    if possible_duplicate and attempt >= _MOST_DOUBTFUL_ATTEMPTS:
        return DoubtVerdict.GIVE_UP
    return DoubtVerdict.SEND_AGAIN


@dataclass(frozen=True, slots=True)
class FailureDecision:
    """The event that a failure leads to. retry: of a retry. reason: of the dead letter. window_closed: the next
    attempt sends a template in the message's place.
    """

    event: Event
    retry: Retry | None = None
    reason: DeadLetterReason = DeadLetterReason.SEND_REJECTED
    window_closed: bool = False


def on_send_error(
    error: SendError,
    *,
    charged: int,
    age: float,
    limits: RetryLimits,
    pause: float | None = None,
    can_replace: bool = False,
) -> FailureDecision:
    """Return what follows from a failed attempt.

    charged: earlier attempts that counted. age: seconds. pause: for so many seconds the whole channel waits.
    can_replace: a template can be sent in the message's place.
    """
    if error.kind is ErrorKind.IN_DOUBT:
        return FailureDecision(Event.NO_ANSWER)
    if refuses_channel(error):
        return FailureDecision(Event.CHANNEL_REFUSED)
    if can_replace:
        return FailureDecision(Event.RETRY, _AT_ONCE, window_closed=True)
    retry = next_retry(error, charged=charged, age=age, limits=limits, pause=pause)
    if retry is None:
        return FailureDecision(Event.GAVE_UP, reason=dead_letter_reason(error))
    return FailureDecision(Event.RETRY, retry)


def on_failed_status(
    error: SendError, *, charged: int, age: float, limits: RetryLimits, can_replace: bool = False
) -> FailureDecision:
    """Return what follows when a status reports that an accepted message failed.

    Each such failure counts, for the provider accepted the message each time: otherwise there would be no end.
    """
    if can_replace:
        return FailureDecision(Event.STATUS_RETRY, _NEXT_RECORD, window_closed=True)
    retry = next_retry(error, charged=charged, age=age, limits=limits)
    if retry is None:
        return FailureDecision(Event.STATUS_GAVE_UP, reason=dead_letter_reason(error))
    return FailureDecision(Event.STATUS_RETRY, retry)


def refuses_channel(error: SendError) -> bool:
    """Return whether the provider refuses the channel as a whole; a setting missing here is no refusal of its."""
    return error.kind is ErrorKind.CHANNEL and not error.misconfigured


def dead_letter_reason(error: SendError) -> DeadLetterReason:
    """Return the reason of the dead letter of a message that is given up."""
    if error.kind is ErrorKind.WINDOW:
        return DeadLetterReason.WINDOW_CLOSED
    return DeadLetterReason.SEND_EXHAUSTED if error.kind in RETRYABLE else DeadLetterReason.SEND_REJECTED
