"""The command: what it takes, and what its exit code says."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from devtools.chaos.checks import GuaranteeCheck
from devtools.chaos.options import ChaosOptions
from devtools.chaos.report import ChaosResult
from devtools.cli.main import build
from devtools.stack.errors import StackError
from tests.chaos.good_run import START, fault

RESULT = ChaosResult(
    command="parley chaos --seed 4",
    seed=4,
    messages=10,
    accepted=10,
    answered=10,
    webhooks=12,
    repeated=2,
    retried=0,
    sending=1.0,
    draining=2.0,
    drained=True,
    began=START,
    refused={"meta 500": 3},
    faults=[fault(recovery=1.5), fault(number=2, done=False, note="router-0 was not ready")],
    checks=[GuaranteeCheck(name="each message was answered", count=10)],
    memory=[],
    slowest=["3.0 s: a message"],
)


def chaos(
    monkeypatch: pytest.MonkeyPatch, outcome: ChaosResult | Exception, *arguments: str
) -> tuple[int, str, ChaosOptions]:
    """Exit code, what was printed, and what was wished."""
    wished: list[ChaosOptions] = []

    def run(options: ChaosOptions) -> ChaosResult:
        wished.append(options)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr("devtools.cli.chaos.run", run)
    done = CliRunner().invoke(build(), ["chaos", *arguments])
    return done.exit_code, done.output, wished[0]


def with_check(**changes: Any) -> ChaosResult:
    check = msgspec.structs.replace(RESULT.checks[0], **changes)
    return msgspec.structs.replace(RESULT, checks=[check])


def test_a_good_run_ends_with_its_command_and_exit_code_0(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    arguments = ("--messages", "10", "--replicas", "router=3", "--kinds", "kill, reset", "--out", str(tmp_path))
    code, output, options = chaos(monkeypatch, RESULT, *arguments)
    assert code == 0
    assert options.kinds == ("kill", "reset")
    assert options.replicas == {"ingress": 1, "router": 3, "ai": 2, "delivery": 2}
    assert "every promise was kept" in output
    assert output.rstrip().endswith("seed 4; again: parley chaos --seed 4")
    for part in ("not done: router-0 was not ready", "1.5", "3 × meta 500", "slowest: 3.0 s"):
        assert part in output
    assert msgspec.json.decode((tmp_path / "chaos-4.json").read_bytes(), type=ChaosResult) == RESULT


def test_a_broken_promise_is_named_and_is_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    code, output, _ = chaos(monkeypatch, with_check(wrong=1, findings=["message 7 was not"]))
    assert code == 1
    assert "VIOLATED 1×" in output
    assert "each message was answered: message 7 was not" in output
    assert "BROKEN: each message was answered" in output


def test_a_run_that_cannot_be_done_is_exit_code_2(monkeypatch: pytest.MonkeyPatch) -> None:
    code, output, _ = chaos(monkeypatch, StackError("the disk is full"))
    assert code == 2
    assert "the run could not be done: the disk is full" in output


def test_json_is_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    code, output, _ = chaos(monkeypatch, RESULT, "--json")
    assert code == 0
    assert msgspec.json.decode(output, type=ChaosResult) == RESULT
