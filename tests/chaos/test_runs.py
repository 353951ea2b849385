"""Whole runs: every guarantee holds without a bug, and each planted bug is found by its check.

PARLEY_CHAOS_SEEDS: number of runs without a bug, each with other messages and faults.
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
    """Skip without Apache Kafka: the embedded one persists nothing."""
    try:
        find_java()
        kafka_libs()
    except StackError as error:
        pytest.skip(f"needs Apache Kafka: {error}")


def violations(result: ChaosResult) -> dict[str, list[str]]:
    """Return the findings by violated guarantee."""
    return {check.name: check.findings for check in result.checks if not check.passed}


def seed_that_kills(service: str, times: int) -> int:
    """Return the first seed whose schedule kills the service this many times."""
    for seed in itertools.count(1):
        faults = make_schedule(ScheduleOptions(seed=seed, count=4, kinds=("kill",), replicas=ONE_EACH))
        if sum(fault.target == f"{service}-0" for fault in faults) == times:
            return seed
    raise AssertionError


@pytest.mark.parametrize("seed", SEEDS)
def test_every_guarantee_holds_under_faults(seed: int) -> None:
    result = run(ChaosOptions(messages=400, faults=5, rate=30, seed=seed, workspaces=3, drain=90, hostile=True))
    assert violations(result) == {}
    assert (result.answered, result.drained) == (400, True)
    assert sum(fault.done for fault in result.faults) >= 3


def run_with_bug(bug: str, *, kills: str = "") -> ChaosResult:
    """Run services with a bug; the service `kills` is killed three times."""
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


def test_commit_before_publish_is_found() -> None:
    assert "each message was answered" in violations(run_with_bug("commit-before-publish", kills="ai"))


def test_claim_that_is_always_granted_is_found() -> None:
    assert "sent once, or marked" in violations(run_with_bug("no-claim", kills="delivery"))


def test_records_processed_out_of_order_are_found() -> None:
    assert "answers in the order of the questions" in violations(run_with_bug("out-of-order"))
