"""`parley chaos`: options, output and exit codes."""

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
    """Run the command; return exit code, output and the options of the run."""
    given: list[ChaosOptions] = []

    def run(options: ChaosOptions) -> ChaosResult:
        given.append(options)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr("devtools.cli.chaos.run", run)
    done = CliRunner().invoke(build(), ["chaos", *arguments])
    return done.exit_code, done.output, given[0]


def with_check(**changes: Any) -> ChaosResult:
    check = msgspec.structs.replace(RESULT.checks[0], **changes)
    return msgspec.structs.replace(RESULT, checks=[check])


def test_good_run_prints_its_command_and_exits_with_0(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    arguments = ("--messages", "10", "--replicas", "router=3", "--kinds", "kill, reset", "--out", str(tmp_path))
    code, output, options = chaos(monkeypatch, RESULT, *arguments)
    assert code == 0
    assert options.kinds == ("kill", "reset")
    assert options.replicas == {"ingress": 1, "router": 3, "ai": 2, "delivery": 2}
    assert "every guarantee held" in output
    assert output.rstrip().endswith("seed 4; repeat with: parley chaos --seed 4")
    for part in ("skipped: router-0 was not ready", "1.5", "3 × meta 500", "slowest: 3.0 s"):
        assert part in output
    assert msgspec.json.decode((tmp_path / "chaos-4.json").read_bytes(), type=ChaosResult) == RESULT


def test_violated_guarantee_is_named_and_exits_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    code, output, _ = chaos(monkeypatch, with_check(wrong=1, findings=["message 7 was not"]))
    assert code == 1
    assert "VIOLATED 1×" in output
    assert "each message was answered: message 7 was not" in output
    assert "BROKEN: each message was answered" in output


def test_impossible_run_exits_with_2(monkeypatch: pytest.MonkeyPatch) -> None:
    code, output, _ = chaos(monkeypatch, StackError("the disk is full"))
    assert code == 2
    assert "the run could not be completed: the disk is full" in output


def test_json_output_is_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    code, output, _ = chaos(monkeypatch, RESULT, "--json")
    assert code == 0
    assert msgspec.json.decode(output, type=ChaosResult) == RESULT
