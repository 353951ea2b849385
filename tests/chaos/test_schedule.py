"""The schedule comes from the seed, spreads over the run, and has only the requested kinds and targets."""

import itertools
from collections import Counter

import msgspec
import pytest

from devtools.chaos.options import ChaosOptions
from devtools.chaos.schedule import DEFAULT_KINDS, KINDS, ScheduleOptions, make_schedule
from devtools.stack.errors import StackError

REPLICAS = {"ingress": 1, "router": 2, "ai": 2, "delivery": 3}
OPTIONS = ScheduleOptions(seed=7, count=60, kinds=DEFAULT_KINDS, replicas=REPLICAS)


def test_same_seed_gives_same_faults_and_another_seed_gives_others() -> None:
    assert make_schedule(OPTIONS) == make_schedule(OPTIONS)
    assert make_schedule(OPTIONS) != make_schedule(msgspec.structs.replace(OPTIONS, seed=8))


def test_faults_are_ordered_and_spread_over_the_run() -> None:
    faults = make_schedule(OPTIONS)
    assert [fault.number for fault in faults] == list(range(1, 61))
    shares = [fault.at for fault in faults]
    assert shares == sorted(shares)
    assert 0.0 < shares[0] < 0.1
    assert 0.8 < shares[-1] < 1.0
    assert max(later - earlier for earlier, later in itertools.pairwise(shares)) < 0.1


def test_enough_faults_include_every_kind() -> None:
    counts = Counter(fault.kind for fault in make_schedule(OPTIONS))
    assert set(counts) == set(DEFAULT_KINDS)
    assert counts["kill"] == max(counts.values())


def test_schedule_has_only_requested_kinds_and_targets() -> None:
    faults = make_schedule(msgspec.structs.replace(OPTIONS, kinds=("kill", "reset"), replicas={"router": 2}))
    assert {fault.kind for fault in faults} == {"kill", "reset"}
    assert {fault.target for fault in faults if fault.kind == "kill"} == {"router-0", "router-1"}
    assert {fault.target for fault in faults if fault.kind == "reset"} <= {"meta", "twilio"}


def test_outages_alternate_between_stores_with_the_requested_length() -> None:
    faults = make_schedule(msgspec.structs.replace(OPTIONS, count=6, kinds=("outage",), outage_seconds=45.0))
    assert sorted(fault.target for fault in faults[:3]) == ["kafka", "mongodb", "redis"]
    assert {fault.seconds for fault in faults} == {45.0}


def test_pauses_are_both_shorter_and_longer_than_the_session_timeout() -> None:
    seconds = [fault.seconds for fault in make_schedule(msgspec.structs.replace(OPTIONS, kinds=("pause",)))]
    assert min(seconds) < 3.0 < max(seconds) <= 12.0


def test_unknown_fault_or_bug_is_refused() -> None:
    with pytest.raises(StackError, match="unknown fault 'earthquake'; known are kill"):
        ChaosOptions(kinds=("earthquake",))
    with pytest.raises(StackError, match="unknown bug 'typo'"):
        ChaosOptions(plant="typo")


def test_command_repeats_the_relevant_options() -> None:
    options = ChaosOptions(
        messages=50, seed=3, kinds=("kill", "outage"), sharded=True, plant="no-claim", outage_seconds=30
    )
    assert set(options.kinds) <= set(KINDS)
    for part in ("--messages 50", "--customers 5", "--seed 3", "--kinds kill,outage", "--outage-seconds 30"):
        assert part in options.command
    assert options.command.endswith("--sharded --plant no-claim")
