"""Decisions about an outbound message, each from plain values."""

from datetime import timedelta

import pytest

from services.delivery.sending.decisions import (
    DoubtVerdict,
    doubt_verdict,
    event_of_record,
    on_failed_status,
    on_send_error,
)
from services.delivery.sending.readiness import READY, readiness_after
from services.delivery.sending.retry_policy import RetryLimits
from services.delivery.sending.states import Event
from shared.messages.dead_letters import DeadLetterReason
from shared.providers.errors import ErrorKind, SendError
from shared.repositories.outbound_views import OutboundState, PreviousMessage
from tests.repositories.builders import NOW, later

LIMITS = RetryLimits(attempts=15, age=86_400.0)
SETTLED = timedelta(seconds=30)


def error(kind: ErrorKind, code: str = "1") -> SendError:
    return SendError(kind, code=code, title="")


RECORDS = [
    ("redelivered after it was sent", OutboundState.SENT, 1, 0, Event.REDELIVERED),
    ("redelivered after it failed", OutboundState.FAILED, 1, 1, Event.REDELIVERED),
    ("the record of an earlier attempt", OutboundState.WAITING, 2, 1, Event.STALE_RECORD),
    ("the record of the next attempt", OutboundState.WAITING, 2, 2, None),
    ("the record of a held message", OutboundState.HELD, 2, 1, None),
    ("the record of a message in doubt", OutboundState.SENDING, 1, 0, None),
]


@pytest.mark.parametrize(
    ("state", "stored", "read", "event"), [case[1:] for case in RECORDS], ids=[case[0] for case in RECORDS]
)
def test_record_is_read_as_an_event_of_its_message(
    state: OutboundState, stored: int, read: int, event: Event | None
) -> None:
    assert event_of_record(state, stored_attempt=stored, record_attempt=read) is event


DOUBTS = [
    ("the first time it is sent again", "resend", False, 1, DoubtVerdict.SEND_AGAIN),
    ("a replayed message whose first attempt was in doubt too", "resend", True, 1, DoubtVerdict.SEND_AGAIN),
    ("the second time it is given up", "resend", True, 2, DoubtVerdict.GIVE_UP),
    ("held, as the workspace chooses", "hold", False, 1, DoubtVerdict.HOLD),
    ("held also the second time", "hold", True, 2, DoubtVerdict.HOLD),
]


@pytest.mark.parametrize(
    ("choice", "possible_duplicate", "attempt", "verdict"),
    [case[1:] for case in DOUBTS],
    ids=[case[0] for case in DOUBTS],
)
def test_workspace_chooses_what_happens_to_a_message_in_doubt(
    choice: str, possible_duplicate: bool, attempt: int, verdict: DoubtVerdict
) -> None:
    assert doubt_verdict(choice, possible_duplicate=possible_duplicate, attempt=attempt) is verdict


EVENTS = [
    ("no answer", error(ErrorKind.IN_DOUBT), False, Event.NO_ANSWER),
    ("channel refused", error(ErrorKind.CHANNEL), False, Event.CHANNEL_REFUSED),
    ("a setting missing here is retried", error(ErrorKind.CHANNEL, "settings"), False, Event.RETRY),
    ("temporary", error(ErrorKind.TRANSIENT), False, Event.RETRY),
    ("permanent", error(ErrorKind.PERMANENT), False, Event.GAVE_UP),
    ("window closed, a template can replace it", error(ErrorKind.WINDOW), True, Event.RETRY),
    ("window closed, nothing can replace it", error(ErrorKind.WINDOW), False, Event.GAVE_UP),
    ("the replacement is refused, another one can replace it", error(ErrorKind.PERMANENT), True, Event.RETRY),
]


@pytest.mark.parametrize(
    ("failure", "can_replace", "event"), [case[1:] for case in EVENTS], ids=[case[0] for case in EVENTS]
)
def test_event_of_failed_attempt(failure: SendError, can_replace: bool, event: Event) -> None:
    decision = on_send_error(failure, charged=0, age=0.0, limits=LIMITS, can_replace=can_replace)
    assert decision.event is event
    assert (decision.retry is not None) is (event is Event.RETRY)
    assert decision.window_closed is can_replace


@pytest.mark.parametrize(
    ("kind", "charged", "reason"),
    [
        (ErrorKind.PERMANENT, 0, DeadLetterReason.SEND_REJECTED),
        (ErrorKind.WINDOW, 0, DeadLetterReason.WINDOW_CLOSED),
        (ErrorKind.TRANSIENT, 14, DeadLetterReason.SEND_EXHAUSTED),
    ],
)
def test_error_decides_the_reason_of_the_dead_letter(kind: ErrorKind, charged: int, reason: DeadLetterReason) -> None:
    attempt = on_send_error(error(kind), charged=charged, age=0.0, limits=LIMITS)
    status = on_failed_status(error(kind), charged=charged, age=0.0, limits=LIMITS)
    assert (attempt.event, attempt.reason) == (Event.GAVE_UP, reason)
    assert (status.event, status.reason) == (Event.STATUS_GAVE_UP, reason)


def test_failed_status_counts_and_never_holds_the_lane_for_a_replacement() -> None:
    replaced = on_failed_status(error(ErrorKind.WINDOW), charged=0, age=0.0, limits=LIMITS, can_replace=True)
    assert (replaced.event, replaced.window_closed) == (Event.STATUS_RETRY, True)
    assert replaced.retry is not None
    assert (replaced.retry.charged, replaced.retry.in_place) == (True, False)


def previous(state: OutboundState, *, claimed: float = 0.0, due: float | None = None) -> PreviousMessage:
    not_before = None if due is None else later(due)
    return PreviousMessage(id="m1", turn=1, index=0, state=state, claimed_at=later(claimed), not_before=not_before)


ORDERS = [
    ("the first message of a conversation", None, Event.READY, None),
    ("after a sent message", previous(OutboundState.SENT), Event.READY, None),
    ("after a failed message", previous(OutboundState.FAILED), Event.READY, None),
    ("after a held message it is held too", previous(OutboundState.HELD), Event.CHANNEL_STOPPED, None),
    ("until a waiting message is due", previous(OutboundState.WAITING, due=20), Event.NOT_READY, 20.0),
    ("a second more when that is due already", previous(OutboundState.WAITING, due=-20), Event.NOT_READY, 1.0),
    ("not for one that is late by more than a minute", previous(OutboundState.WAITING, due=-61), Event.READY, None),
    ("a quarter of a second while one is being sent", previous(OutboundState.SENDING), Event.NOT_READY, 0.25),
    ("not for one whose call ended long ago", previous(OutboundState.SENDING, claimed=-91), Event.READY, None),
]


@pytest.mark.parametrize(
    ("before", "event", "seconds"), [case[1:] for case in ORDERS], ids=[case[0] for case in ORDERS]
)
def test_order_in_the_conversation(before: PreviousMessage | None, event: Event, seconds: float | None) -> None:
    readiness = readiness_after(before, NOW, SETTLED)
    assert readiness.event is event
    assert readiness.not_before == (None if seconds is None else later(seconds))
    assert readiness.after_previous is (event is Event.NOT_READY)
    assert (readiness is READY) is (event is Event.READY)
