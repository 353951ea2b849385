"""`parley up`, `status` and `down`, and the end of all processes when the supervisor is killed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stack.waiting import alive, all_ended, until

pytestmark = pytest.mark.stack

PARLEY = [sys.executable, "-m", "devtools.cli.main"]


class ParleyUp:
    """A `parley up --infra-only` in a process of its own."""

    def __init__(self, dir: Path, *options: str) -> None:  # noqa: A002 - the name of the option
        self.dir = dir
        env = {**os.environ, "PARLEY_KAFKA": "embedded"}  # starts faster than Apache Kafka
        command = [*PARLEY, "up", "--infra-only", "--json", "--dir", str(dir), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, text=True)
        assert self.process.stdout is not None
        self.info: dict[str, Any] = json.loads(self.process.stdout.readline() or "{}")

    @property
    def pids(self) -> list[int]:
        return [pid for pids in self.info["pids"].values() for pid in pids]

    def wait(self) -> tuple[int, str]:
        error = self.process.communicate(timeout=30)[1]
        return self.process.returncode, error


@pytest.fixture
def up(own_servers: None, tmp_path: Path) -> Iterator[ParleyUp]:
    started = ParleyUp(tmp_path / "state")
    yield started
    started.process.kill()
    started.process.communicate(timeout=30)


def parley(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PARLEY, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_children_die_with_a_killed_supervisor(up: ParleyUp) -> None:
    assert len(up.pids) == 3
    assert all(alive(pid) for pid in up.pids)
    up.process.kill()
    until(lambda: all_ended(up.pids))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_all_processes(up: ParleyUp, number: signal.Signals) -> None:
    up.process.send_signal(number)
    assert up.wait() == (0, "")
    assert all_ended(up.pids)


def test_signal_during_the_start_ends_all_processes(own_servers: None, tmp_path: Path) -> None:
    command = [*PARLEY, "up", "--infra-only", "--dir", str(tmp_path / "state")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        log = tmp_path / "state" / "logs" / "mongodb.log"
        until(lambda: log.exists() and log.stat().st_size > 0)
        process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=30)
    assert (process.returncode, *output) == (0, "", "")
    assert not (tmp_path / "state" / "run.json").exists()


def test_status_shows_the_stack_until_down_ends_it(up: ParleyUp) -> None:
    status = parley("status", "--json", "--dir", str(up.dir))
    assert json.loads(status.stdout) == up.info
    assert parley("down", "--dir", str(up.dir)).returncode == 0
    assert up.wait() == (0, "")
    assert all_ended(up.pids)
    status = parley("status", "--dir", str(up.dir))
    assert status.returncode == 1
    assert "parley: no stack is running in" in status.stderr


def test_a_second_up_in_the_same_directory_is_refused(up: ParleyUp) -> None:
    second = ParleyUp(up.dir)
    code, error = second.wait()
    assert code == 1
    assert error.startswith("parley: a stack runs in ")
    assert error.count("\n") == 1
    assert all(alive(pid) for pid in up.pids)


def test_a_killed_server_ends_the_stack_with_one_line(up: ParleyUp) -> None:
    os.kill(up.info["pids"]["redis"][0], signal.SIGKILL)
    code, error = up.wait()
    assert code == 1
    assert error.startswith("parley: redis ended while the stack ran (SIGKILL)")
    assert error.count("\n") == 1
    assert all_ended(up.pids)


def test_killed_server_is_restarted_with_the_restart_option(own_servers: None, tmp_path: Path) -> None:
    up = ParleyUp(tmp_path / "state", "--restart")
    try:
        os.kill(up.info["pids"]["redis"][0], signal.SIGKILL)
        until(lambda: present_pids(up).get("redis", up.info["pids"]["redis"]) != up.info["pids"]["redis"])
    finally:
        up.process.terminate()
        code, error = up.wait()
    assert code == 0
    assert "redis ended while the stack ran (SIGKILL)" in error


def present_pids(up: ParleyUp) -> dict[str, list[int]]:
    pids: dict[str, list[int]] = json.loads((up.dir / "run.json").read_text())["pids"]
    return pids


def test_doctor_reports_that_the_stack_can_run(own_servers: None) -> None:
    done = parley("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("The local stack can run.\n")


def test_invalid_options_are_refused_without_a_traceback(tmp_path: Path) -> None:
    done = parley("up", "--dir", str(tmp_path), "--replicas", "shoes=1")
    assert done.returncode == 1
    assert done.stderr.startswith("parley: there is no service 'shoes'; there are ingress, router")
    assert parley("up", "--replicas", "router").returncode == 2
