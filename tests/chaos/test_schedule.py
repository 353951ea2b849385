"""The schedule of faults: all from the seed, spread over the run, of the kinds and on the targets that were wished."""

import itertools
from collections import Counter

import msgspec
import pytest

from devtools.chaos.options import ChaosOptions
from devtools.chaos.schedule import DEFAULT_KINDS, KINDS, ScheduleOptions, make_schedule
from devtools.stack.errors import StackError

REPLICAS = {"ingress": 1, "router": 2, "ai": 2, "delivery": 3}
WISH = ScheduleOptions(seed=7, count=60, kinds=DEFAULT_KINDS, replicas=REPLICAS)


def test_the_same_seed_makes_the_same_faults_and_another_seed_makes_others() -> None:
    assert make_schedule(WISH) == make_schedule(WISH)
    assert make_schedule(WISH) != make_schedule(msgspec.structs.replace(WISH, seed=8))


def test_faults_are_spread_over_the_run_in_the_order_of_their_beginning() -> None:
    faults = make_schedule(WISH)
    assert [fault.number for fault in faults] == list(range(1, 61))
    shares = [fault.at for fault in faults]
    assert shares == sorted(shares)
    assert 0.0 < shares[0] < 0.1
    assert 0.8 < shares[-1] < 1.0
    assert max(later - earlier for earlier, later in itertools.pairwise(shares)) < 0.1


def test_every_kind_comes_up_when_there_are_enough_faults() -> None:
    counts = Counter(fault.kind for fault in make_schedule(WISH))
    assert set(counts) == set(DEFAULT_KINDS)
    assert counts["kill"] == max(counts.values())


def test_only_what_was_wished_comes_up() -> None:
    faults = make_schedule(msgspec.structs.replace(WISH, kinds=("kill", "reset"), replicas={"router": 2}))
    assert {fault.kind for fault in faults} == {"kill", "reset"}
    assert {fault.target for fault in faults if fault.kind == "kill"} == {"router-0", "router-1"}
    assert {fault.target for fault in faults if fault.kind == "reset"} <= {"meta", "twilio"}


def test_outages_take_turns_and_last_as_long_as_was_wished() -> None:
    faults = make_schedule(msgspec.structs.replace(WISH, count=6, kinds=("outage",), outage_seconds=45.0))
    assert sorted(fault.target for fault in faults[:3]) == ["kafka", "mongodb", "redis"]
    assert {fault.seconds for fault in faults} == {45.0}


def test_some_pauses_are_shorter_than_the_session_and_some_longer() -> None:
    seconds = [fault.seconds for fault in make_schedule(msgspec.structs.replace(WISH, kinds=("pause",)))]
    assert min(seconds) < 3.0 < max(seconds) <= 12.0


def test_what_is_not_known_is_refused() -> None:
    with pytest.raises(StackError, match="no fault 'earthquake'; there are kill"):
        ChaosOptions(kinds=("earthquake",))
    with pytest.raises(StackError, match="no bug 'typo' to plant"):
        ChaosOptions(plant="typo")


def test_the_command_repeats_what_makes_a_difference() -> None:
    options = ChaosOptions(
        messages=50, seed=3, kinds=("kill", "outage"), sharded=True, plant="no-claim", outage_seconds=30
    )
    assert set(options.kinds) <= set(KINDS)
    for part in ("--messages 50", "--customers 5", "--seed 3", "--kinds kill,outage", "--outage-seconds 30"):
        assert part in options.command
    assert options.command.endswith("--sharded --plant no-claim")
