"""The stand-in for kubectl answers as kubectl would, from a stack's processes."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.observability.kubectl import NEEDS_A_CLUSTER, main


@pytest.fixture
def cluster(tmp_path: Path) -> dict[str, Any]:
    """A stack whose router is this process, and whose other processes have ended."""
    run = tmp_path / "run.json"
    run.write_text(
        f'{{"pids": {{"router": [{os.getpid()}]}}, "logs": "{tmp_path}", "ops": {{"router": ["http://127.0.0.1:7"]}}}}'
    )
    (tmp_path / "router-0.log").write_text("one\ntwo\nthree\n")
    return {"run": str(run), "pods": ["router", "kafka"], "logs": {}, "ports": {}}


@pytest.mark.parametrize(
    ("typed", "code", "expected"),
    [
        ("-n parley get pods -o wide", 0, ["router-0        1/1    Running", "kafka-0         0/1    Error"]),
        ("get pods -n parley", 0, ["router-0"]),
        ("-n parley logs deploy/router --tail=2", 0, ["two\nthree\n"]),
        ("-n parley logs -l app.kubernetes.io/name=router --tail=1", 0, ["three\n"]),
        ("-n parley logs deploy/nobody", NEEDS_A_CLUSTER, ["this needs a cluster"]),
        ("-n parley describe pod router-0", 0, [f"Process: [{os.getpid()}]"]),
        ("-n parley exec deploy/router -- python -c print('127.0.0.1:9100')", 0, ["127.0.0.1:7"]),
        ("-n parley top pods", NEEDS_A_CLUSTER, ["this needs a cluster"]),
    ],
)
def test_commands_are_answered(
    cluster: dict[str, Any], capfd: pytest.CaptureFixture[str], typed: str, code: int, expected: list[str]
) -> None:
    assert main(cluster, typed.split()) == code
    printed = "".join(capfd.readouterr())
    assert all(text in printed for text in expected), printed
