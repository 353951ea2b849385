"""`parley demo` and `parley run` show their results, and leave neither files nor processes."""

import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.cli.conftest import Live, until
from tests.cli.runner import PARLEY, ROOT, parley
from tests.stack.waiting import all_ended

pytestmark = [pytest.mark.stack, pytest.mark.e2e]


def test_demo_passes_and_leaves_no_files() -> None:
    temporary = Path(tempfile.gettempdir())
    before = set(temporary.glob("parley-demo-*"))

    done = parley("demo")

    assert done.code == 0, done.out + done.err
    assert done.out.count("passed") == 3
    assert "You chose 2) Slate coaster" in done.out
    assert set(temporary.glob("parley-demo-*")) <= before


def test_run_shows_a_trace_restarts_dead_processes_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    log = tmp_path / "out"
    with log.open("w") as out:
        process = subprocess.Popen(
            [*PARLEY, "run", "--simulators", "--dir", str(tmp_path / "state")],
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
        )
        try:
            until(lambda: process.poll() is not None or "docs/first-number.md" in log.read_text(), timeout=60.0)
            status = parley("status", "--json", "--dir", str(tmp_path / "state")).json()
            os.kill(status["pids"]["delivery"][0], signal.SIGKILL)
            until(lambda: "delivery-0 is ready again" in log.read_text(), timeout=60.0)
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
        finally:
            process.kill()
            process.wait()
    output = log.read_text()
    assert "X-Hub-Signature-256: sha256=" in output
    assert re.search(r"→ 200 in \d+ ms: stored in Kafka", output)
    assert "2) Slate coaster" in output
    assert re.search(r"ai +answered: claude-haiku-5-5, 1 call", output)
    assert re.search(r"provider +message read", output)
    assert output.endswith("Parley has stopped.\n")
    assert all_ended(pid for pids in status["pids"].values() for pid in pids)


def test_second_run_is_refused(live: Live) -> None:
    done = live.parley("run", "--simulators")

    assert done.code == 1
    refusal = r"parley: Parley is already running in .* \(pid \d+\): write to it with `parley chat --dir"
    assert re.match(refusal, done.err)
