"""A run in pieces adds up to the whole, goes on where it stopped, and keeps every attempt."""

import dataclasses
import itertools
from pathlib import Path

import msgspec
import pytest

from devtools.chaos.checks import GuaranteeCheck
from devtools.chaos.options import ChaosOptions
from devtools.chaos.pieces import Pieces, run_pieces
from devtools.chaos.pieces_page import page
from devtools.chaos.report import ChaosResult
from devtools.stack.errors import StackError
from tests.chaos.good_run import START, fault

OPTIONS = ChaosOptions(messages=1001, faults=7, seed=5)
ANSWERED = "each message was answered"


def result_of(options: ChaosOptions, *, wrong: int = 0) -> ChaosResult:
    return ChaosResult(
        command=options.command,
        seed=options.seed,
        messages=options.messages,
        accepted=options.messages,
        answered=options.messages,
        webhooks=options.messages + 20,
        repeated=20,
        retried=3,
        sending=10.0,
        draining=2.0,
        drained=True,
        began=START,
        refused={},
        faults=[fault(recovery=1.5)],
        checks=[
            GuaranteeCheck(name=ANSWERED, count=options.messages, wrong=wrong, findings=[f"no {n}" for n in range(9)])
        ],
        memory=[],
    )


def test_messages_and_faults_of_the_pieces_add_up_and_their_seeds_differ(tmp_path: Path) -> None:
    plan = Pieces(OPTIONS, 4, tmp_path)
    pieces = [plan.piece(number) for number in (1, 2, 3, 4)]
    assert [one.messages for one in pieces] == [251, 250, 250, 250]
    assert [one.faults for one in pieces] == [2, 2, 2, 1]
    assert [one.seed for one in pieces] == [50_001, 50_002, 50_003, 50_004]


def test_each_piece_has_customers_also_if_the_run_has_fewer(tmp_path: Path) -> None:
    plan = Pieces(dataclasses.replace(OPTIONS, customers=2), 4, tmp_path)
    assert [plan.piece(number).customers for number in (1, 2, 3, 4)] == [1, 1, 1, 1]


def test_run_goes_on_with_the_first_piece_that_has_not_passed(tmp_path: Path) -> None:
    plan = Pieces(OPTIONS, 3, tmp_path)
    seeds: list[int] = []

    def run(options: ChaosOptions) -> ChaosResult:
        seeds.append(options.seed)
        return result_of(options, wrong=int(len(seeds) == 2))

    assert not run_pieces(plan, run, minutes=0)  # the second piece fails
    assert plan.left() == [2, 3]
    assert run_pieces(plan, run, minutes=0)
    assert seeds == [50_001, 50_002, 50_002, 50_003]
    assert plan.left() == []
    assert [(one.number, one.attempt, one.result.passed) for one in plan.records()] == [
        (1, 1, True), (2, 1, False), (2, 2, True), (3, 1, True),
    ]  # fmt: skip
    assert all(len(one.result.checks[0].findings) == 5 for one in plan.records())


def test_no_piece_is_begun_after_the_given_minutes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times = itertools.chain([0.0, 50.0], itertools.repeat(70.0))
    monkeypatch.setattr("devtools.chaos.pieces.time.monotonic", lambda: next(times))
    plan = Pieces(OPTIONS, 3, tmp_path)
    assert run_pieces(plan, result_of, minutes=1)
    assert plan.left() == [2, 3]


def test_folder_of_another_run_and_impossible_pieces_are_refused(tmp_path: Path) -> None:
    Pieces(OPTIONS, 3, tmp_path).check_folder()
    Pieces(OPTIONS, 3, tmp_path).check_folder()
    with pytest.raises(StackError, match="results of another run"):
        Pieces(OPTIONS, 4, tmp_path).check_folder()
    with pytest.raises(StackError, match="cannot have 1002 pieces"):
        Pieces(OPTIONS, 1002, tmp_path)


def test_page_shows_totals_attempts_and_violations(tmp_path: Path) -> None:
    plan = Pieces(OPTIONS, 2, tmp_path)
    run_pieces(plan, lambda options: result_of(options, wrong=1), minutes=0)
    run_pieces(plan, result_of, minutes=0)
    text = page(OPTIONS.command, 2, plan.records())
    assert "2 of 2 pieces passed so far" in text
    assert "| messages, all answered | 1,001 |" in text
    assert "| 1 (attempt 2) |" in text
    assert "| **violated** |" in text
    assert "| `kill` | 2 | 1.5 | 1.5 |" in text
    assert "- each message was answered: 1" in text
    assert "  - no 0" in text


def test_records_are_read_as_they_were_written(tmp_path: Path) -> None:
    plan = Pieces(OPTIONS, 2, tmp_path)
    run_pieces(plan, result_of, minutes=0)
    first = plan.records()[0]
    assert msgspec.json.decode((tmp_path / "piece-001.1.json").read_bytes())["number"] == 1
    assert first.result.messages == 501
