"""Results, pauses and rate of a broadcast: case by case."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from services.delivery.broadcasts.pace import BroadcastPace, most_in_flight
from services.delivery.broadcasts.results import update_for
from shared.domain.broadcast import Recipient, RecipientState
from shared.domain.conversation import RecordedDecision, RecordedOutput
from shared.messages.inbound import Provider, Status
from shared.operations.broadcasts import pause_rules
from shared.operations.broadcasts.decide import SkipReason
from shared.repositories.channel_states import StoppedChannel
from shared.repositories.outbound_views import DeliveryProgress, OutboundState
from tests.services.builders import NOW

ERROR = {"code": "131026", "title": "It cannot be delivered."}


def recipient(reached: RecipientState = RecipientState.QUEUED, age: timedelta = timedelta(seconds=4)) -> Recipient:
    return Recipient(id="r1", customer_id="u1", identity="+1", reached=reached, message_id="m1", queued_at=NOW - age)


def progress(state: OutboundState, status: Status = Status.QUEUED, **values: Any) -> DeliveryProgress:
    return DeliveryProgress(id="m1", state=state, status=status, **values)


def decided(*topics: str) -> RecordedDecision:
    outputs = tuple(RecordedOutput(topic, b"acme", b"{}") for topic in topics)
    return RecordedDecision(cause="c", turn=1, decision="void: StartFlow by broadcast: no flow", outputs=outputs)


Q, S, D, R, F, X = (
    *(RecipientState.QUEUED, RecipientState.SENT, RecipientState.DELIVERED, RecipientState.READ),
    *(RecipientState.FAILED, RecipientState.SKIPPED),
)
STEPS: list[tuple[str, RecipientState, DeliveryProgress | None, RecordedDecision | None, RecipientState, bool]] = [
    ("not yet read by delivery", Q, None, None, Q, False),
    ("being sent", Q, progress(OutboundState.SENDING), None, Q, False),
    ("waiting for a retry", Q, progress(OutboundState.WAITING, error=ERROR), None, Q, False),
    ("held for a stopped channel", Q, progress(OutboundState.HELD), None, Q, False),
    ("accepted", Q, progress(OutboundState.SENT), None, S, True),
    ("delivered at once", Q, progress(OutboundState.SENT, Status.DELIVERED), None, D, True),
    ("delivered after it was sent", S, progress(OutboundState.SENT, Status.DELIVERED), None, D, False),
    ("read", D, progress(OutboundState.SENT, Status.READ), None, R, False),
    ("played is read", D, progress(OutboundState.SENT, Status.PLAYED), None, R, False),
    ("refused", Q, progress(OutboundState.FAILED, error=ERROR), None, F, True),
    (
        "window closed while queued",
        Q,
        progress(OutboundState.FAILED, error={"code": "window_closed"}),
        None,
        X,
        False,
    ),
    (
        "window closed according to Meta",
        Q,
        progress(OutboundState.FAILED, error={"code": "131047"}),
        None,
        X,
        False,
    ),
    (
        "window closed according to a status of Twilio",
        S,
        progress(OutboundState.FAILED, error={"code": "63016"}),
        None,
        X,
        False,
    ),
    ("failed by a status after it was sent", S, progress(OutboundState.FAILED, error=ERROR), None, F, True),
    ("retried after a failed status", S, progress(OutboundState.WAITING), None, S, False),
    ("replayed, and sent after it had failed", F, progress(OutboundState.SENT), None, S, False),
    ("delivered after all, as a late status says", F, progress(OutboundState.SENT, Status.DELIVERED), None, D, False),
    ("replayed, and sent after its window was closed", X, progress(OutboundState.SENT), None, S, False),
    ("still failed", F, progress(OutboundState.FAILED, error=ERROR), None, F, False),
    ("a flow whose message is in flight", Q, None, decided("outbound.messages"), Q, False),
    ("a flow that asks the model first", Q, None, decided("ai.requests"), S, True),
    ("a flow that did not begin", Q, None, decided(), X, False),
]


@pytest.mark.parametrize("case", STEPS, ids=[case[0] for case in STEPS])
def test_progress_decides_the_update_of_a_recipient(
    case: tuple[str, RecipientState, DeliveryProgress | None, RecordedDecision | None, RecipientState, bool],
) -> None:
    _, was, found, recorded, reached, result = case
    step = update_for(recipient(was), found, recorded, NOW)
    assert (step.was, step.reached, step.result) == (was, reached, result)
    assert (step.look_at is None) is (reached is R or (reached is X and found is None))


def test_failure_has_the_providers_reason_or_in_doubt() -> None:
    refused = update_for(recipient(), progress(OutboundState.FAILED, error=ERROR), None, NOW)
    assert (refused.reason, refused.code) == ("131026: It cannot be delivered.", "131026")
    assert update_for(recipient(), progress(OutboundState.FAILED, reason="in_doubt"), None, NOW).reason == "in_doubt"


@pytest.mark.parametrize(
    ("provider", "code", "hours"),
    [
        (Provider.META, "131049", 24),
        (Provider.META, "130472", 24),
        (Provider.MSG91, "131049", 24),
        (Provider.MSG91, "130472", 24),
        (Provider.TWILIO, "63049", 24),
        (Provider.TWILIO, "63032", 24),
        (Provider.META, "131026", None),
        (Provider.TWILIO, "63003", None),
        (Provider.TWILIO, "131049", None),
        (Provider.MSG91, "no_reply", None),
    ],
)
def test_retry_is_deferred_as_long_as_the_code_requires(provider: Provider, code: str, hours: float | None) -> None:
    step = update_for(recipient(), progress(OutboundState.FAILED, error={"code": code}, provider=provider), None, NOW)
    assert step.reached is F
    assert step.not_before == (None if hours is None else NOW + timedelta(hours=hours))


def test_failure_that_is_read_again_keeps_its_reason_and_the_time_of_its_retry() -> None:
    failed = msgspec.structs.replace(recipient(F), reason="131049: no", code="131049", not_before=NOW)
    found = progress(OutboundState.FAILED, error={"code": "131049", "title": "no"}, provider=Provider.META)
    for step in (update_for(failed, found, None, NOW + DAY), update_for(failed, None, None, NOW + DAY)):
        assert (step.reached, step.reason, step.code, step.not_before) == (F, "131049: no", "131049", NOW)


def test_window_closed_in_the_queue_has_the_same_reason() -> None:
    step = update_for(recipient(), progress(OutboundState.FAILED, error={"code": "window_closed"}), None, NOW)
    assert step.reason == SkipReason.WINDOW_CLOSED


def test_lost_message_fails_after_two_days() -> None:
    step = update_for(recipient(age=timedelta(days=2, seconds=1)), None, None, NOW)
    assert (step.reached, step.reason.partition(":")[0]) == (F, "lost")


DAY, DAYS_2 = timedelta(days=1), timedelta(days=2)
AGES = [
    (S, timedelta(0), 1.0),
    (S, timedelta(seconds=20), 10.0),
    (S, timedelta(hours=1), 1800.0),
    (S, timedelta(hours=6), 3600.0),
    (S, timedelta(hours=16), 7200.0),
    (D, DAYS_2, 6 * 3600.0),
    (Q, DAYS_2, 3600.0),  # the broadcast goes on until it has a result
    (Q, timedelta(days=3), 3600.0),
    (Q, timedelta(days=30), 3600.0),
    (D, timedelta(hours=70), 2 * 3600.0),  # once more after three days
]


@pytest.mark.parametrize(("reached", "age", "seconds"), AGES)
def test_results_are_read_more_and_more_seldom(reached: RecipientState, age: timedelta, seconds: float) -> None:
    found = {
        Q: progress(OutboundState.HELD),
        S: progress(OutboundState.SENT),
        D: progress(OutboundState.SENT, Status.DELIVERED),
    }
    step = update_for(recipient(reached, age), found[reached], None, NOW)
    assert (step.reached, step.look_at) == (reached, NOW + timedelta(seconds=seconds))


def test_unread_message_is_looked_at_less_than_fifty_times_in_three_days() -> None:
    ages = [timedelta(0)]
    while True:
        step = update_for(recipient(D, ages[-1]), progress(OutboundState.SENT, Status.DELIVERED), None, NOW)
        if step.look_at is None:
            break
        ages.append(ages[-1] + (step.look_at - NOW))
    assert ages[-1] == timedelta(days=3)
    assert len(ages) < 50
    assert all(after - before <= max(timedelta(hours=1), before / 8) for before, after in pairwise(ages))


def test_results_are_not_read_after_three_days() -> None:
    assert update_for(recipient(S, timedelta(days=4)), progress(OutboundState.SENT), None, NOW).look_at is None


RATES: list[tuple[str, list[bool], bool]] = [
    ("no results", [], False),
    ("too few results, all failed", [False] * 19, False),
    ("enough results, all failed", [False] * 20, True),
    ("exactly the allowed share", [False] * 25 + [True] * 75, False),
    ("one failure above the share", [False] * 26 + [True] * 74, True),
    ("all sent", [True] * 100, False),
]


@pytest.mark.parametrize(("results", "pauses"), [case[1:] for case in RATES], ids=[case[0] for case in RATES])
def test_share_of_failures_pauses_the_broadcast(results: list[bool], pauses: bool) -> None:
    assert (pause_rules.failing(results, 0.25) is not None) is pauses


LIMITED = [
    ("reported since the resumption", [("131048", NOW)], True),
    ("reported since, and sent in the end", [("131048", NOW), ("131000", NOW)], True),
    ("reported before the resumption", [("131048", NOW - timedelta(seconds=2))], False),
    ("another error", [("130429", NOW)], False),
    ("no failure", [], False),
]


@pytest.mark.parametrize(("failures", "pauses"), [case[1:] for case in LIMITED], ids=[case[0] for case in LIMITED])
def test_spam_limit_pauses_the_broadcast(failures: list[tuple[str, datetime]], pauses: bool) -> None:
    found = [progress(OutboundState.SENT, failures=tuple(failures))]
    assert (pause_rules.spam_limit(found, NOW - timedelta(seconds=1)) is not None) is pauses


def test_stopped_channel_pauses_the_broadcast() -> None:
    error = {"code": "190", "title": "The access token has expired."}
    stopped = StoppedChannel(workspace="acme", channel="main", provider="meta", credential="c", since=NOW, error=error)
    assert pause_rules.channel_stopped(stopped) == pause_rules.PauseReason(
        "channel", "the channel main is stopped: 190 The access token has expired."
    )
    assert pause_rules.channel_stopped(None) is None


def test_rate_is_kept_and_a_pause_is_not_made_up_for() -> None:
    pace, at, sent = BroadcastPace(), 0.0, 0
    for _ in range(40):  # ten seconds
        at += 0.25
        count = pace.allows("b1", 10.0, at)
        pace.use("b1", count)
        sent += count
    assert 98 <= sent <= 101
    assert pace.allows("b1", 10.0, at + 3600.0) == 10


def test_slow_rate_allows_one_message_when_due() -> None:
    pace, times = BroadcastPace(), []
    for quarter in range(121):
        at = quarter / 4
        if count := pace.allows("b1", 0.1, at):
            pace.use("b1", count)
            times.append(at)
    assert times == [0.0, 10.0, 20.0, 30.0]


def test_messages_in_flight_grow_with_the_rate() -> None:
    assert (most_in_flight(0.1), most_in_flight(10), most_in_flight(80)) == (20, 50, 400)
