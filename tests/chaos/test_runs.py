"""Whole runs: without a bug every promise is kept, and each planted bug is found by the check that is there for it.

PARLEY_CHAOS_SEEDS: how many runs without a bug; each has other messages and other faults.
"""

import itertools
import os

import pytest

from devtools.chaos.options import ChaosOptions
from devtools.chaos.report import ChaosResult
from devtools.chaos.run import run
from devtools.chaos.schedule import ScheduleOptions, make_schedule
from devtools.stack.errors import StackError
from devtools.stack.java import find_java
from devtools.stack.kafka_jars import kafka_libs

pytestmark = [pytest.mark.stack, pytest.mark.e2e, pytest.mark.timeout(240)]

SEEDS = range(1, 1 + int(os.environ.get("PARLEY_CHAOS_SEEDS", "1")))
ONE_EACH = {"ingress": 1, "router": 1, "ai": 1, "delivery": 1}


@pytest.fixture(scope="module", autouse=True)
def apache_kafka() -> None:
    """The embedded stand-in keeps nothing, so a run over it would prove nothing."""
    try:
        find_java()
        kafka_libs()
    except StackError as error:
        pytest.skip(f"needs Apache Kafka: {error}")


def findings(result: ChaosResult) -> dict[str, list[str]]:
    """What is wrong, by the promise that was broken."""
    return {check.name: check.findings for check in result.checks if not check.passed}


def seed_that_kills(service: str, times: int) -> int:
    """The first seed whose schedule kills a service so often."""
    for seed in itertools.count(1):
        faults = make_schedule(ScheduleOptions(seed=seed, count=4, kinds=("kill",), replicas=ONE_EACH))
        if sum(fault.target == f"{service}-0" for fault in faults) == times:
            return seed
    raise AssertionError


@pytest.mark.parametrize("seed", SEEDS)
def test_under_faults_every_promise_is_kept(seed: int) -> None:
    result = run(ChaosOptions(messages=400, faults=5, rate=30, seed=seed, workspaces=3, drain=90))
    assert findings(result) == {}
    assert (result.answered, result.drained) == (400, True)
    assert sum(fault.done for fault in result.faults) >= 3


def planted(bug: str, *, kills: str = "") -> ChaosResult:
    """A run of services that have a bug, and of which one is killed several times."""
    return run(
        ChaosOptions(
            messages=150,
            rate=25,
            workspaces=2,
            replicas=ONE_EACH,
            plant=bug,
            faults=4 if kills else 0,
            kinds=("kill",),
            seed=seed_that_kills(kills, 3) if kills else 1,
            drain=15,
        )
    )


def test_work_that_goes_on_behind_a_committed_offset_is_found() -> None:
    assert "each message was answered" in findings(planted("commit-before-publish", kills="ai"))


def test_a_claim_that_everybody_gets_is_found() -> None:
    assert "sent once, or marked" in findings(planted("no-claim", kills="delivery"))


def test_records_that_do_not_wait_for_each_other_are_found() -> None:
    assert "answers in the order of the questions" in findings(planted("out-of-order"))
