"""Records behind, the age of the oldest, and the time since the last progress."""

import pytest

from shared.kafka.lag.calculation import GroupPosition, Lag, LagCalculator
from shared.kafka.records import TopicPartition
from shared.telemetry.capped_label import CappedLabel

FIRST, SECOND = TopicPartition("inbound.messages", 0), TopicPartition("inbound.messages", 1)
KEY = ("router", "inbound.messages")


def reading(
    committed: int | None, end: int, *, begin: int = 0, source: TopicPartition = FIRST, finished: int = 0
) -> GroupPosition:
    return GroupPosition("router", source, begin, end, committed, finished)


@pytest.mark.parametrize(
    ("what", "behind", "records"),
    [
        ("nothing was ever written", reading(None, 0), 0),
        ("nothing was ever committed", reading(None, 7), 7),
        ("all is committed", reading(7, 7), 0),
        ("some is not", reading(4, 7), 3),
        ("most behind it is finished", reading(4, 1000, finished=990), 6),
        ("what was deleted before it was read is not waited for", reading(2, 9, begin=5), 4),
        ("the log is shorter than what was committed: it was made anew", reading(9, 3), 0),
    ],
)
def test_lag_counts_unread_records(what: str, behind: GroupPosition, records: int) -> None:
    assert LagCalculator().lags([behind], 0, 0)[KEY].records == records, what


def test_topic_has_the_sum_of_its_partitions_and_the_age_of_the_oldest_record() -> None:
    view = LagCalculator()
    readings = [reading(4, 7), reading(0, 1, source=SECOND)]
    assert view.unknown(readings) == [(FIRST, 4), (SECOND, 0)]
    view.learn({(FIRST, 4): 90.0, (SECOND, 0): 40.0})
    assert view.lags(readings, 100.0, 0.0)[KEY] == Lag(4, 60.0, 0.0)


def test_known_time_is_not_read_again_and_forgotten_after_the_commit() -> None:
    view = LagCalculator()
    view.learn({(FIRST, 4): 90.0})
    assert view.unknown([reading(4, 7)]) == []
    assert view.unknown([reading(5, 7)]) == [(FIRST, 5)]
    assert view.unknown([reading(4, 7)]) == [(FIRST, 4)]


def test_stalled_counts_from_the_last_commit_while_records_are_behind() -> None:
    view = LagCalculator()

    def stalled(at: float, committed: int, end: int) -> float:
        return view.lags([reading(committed, end)], at, at)[KEY].stalled

    assert stalled(0, 4, 7) == 0
    assert stalled(10, 4, 8) == 10
    assert stalled(20, 5, 8) == 0, "a commit"
    assert stalled(30, 5, 8) == 10
    assert stalled(40, 8, 8) == 0, "nothing waits"
    assert stalled(900, 8, 9) == 0, "it waits only since now"


def test_unknown_time_gives_the_age_since_the_record_was_seen() -> None:
    view = LagCalculator()
    view.lags([reading(4, 7)], 1000.0, 0.0)
    assert view.lags([reading(4, 7)], 1030.0, 30.0)[KEY].seconds == 30.0


def test_record_from_a_clock_ahead_has_no_negative_age() -> None:
    view = LagCalculator()
    view.learn({(FIRST, 4): 200.0})
    assert view.lags([reading(4, 7)], 100.0, 0.0)[KEY].seconds == 0.0


def test_capped_label_keeps_the_first_names_and_names_all_others_other() -> None:
    label = CappedLabel(2)
    assert [label(name) for name in ("a", "b", "c", "a", "b", "d")] == ["a", "b", "other", "a", "b", "other"]
