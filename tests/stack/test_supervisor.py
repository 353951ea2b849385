"""The supervisor, with dummy services and real servers."""

import json
import os
import signal
import socket
import stat
import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from devtools.cli.running import running_stack
from devtools.stack.errors import StackError
from tests.stack.conftest import DUMMY, MakeStack
from tests.stack.waiting import alive, all_ended, until

pytestmark = pytest.mark.stack


def test_info_describes_all_processes_with_their_own_ports(make_stack: MakeStack) -> None:
    stack = make_stack(replicas={"ingress": 2, "router": 2, "delivery": 0})
    info = stack.start()
    assert {name: len(urls) for name, urls in info["ops"].items() if name != "console"} == {
        "ingress": 2,
        "router": 2,
        "ai": 1,
    }
    environments = [environment(url) for urls in info["ops"].values() for url in urls]
    assert len({env["OPS_PORT"] for env in environments}) == len(environments)
    assert {"ingress-0", "ingress-1", "router-0", "router-1", "ai-0"} <= {env["INSTANCE_ID"] for env in environments}
    assert len({environment(url)["INGRESS_PORT"] for url in info["ops"]["ingress"]}) == 2
    assert environments[0]["PUBLIC_BASE_URL"] == info["ingress"]
    assert all(alive(pid) for pids in info["pids"].values() for pid in pids)


def test_run_file_and_env_file_are_private_and_end_with_the_stack(make_stack: MakeStack, tmp_path: Path) -> None:
    info = make_stack().start()
    for path in (tmp_path / "state" / "run.json", Path(info["env"])):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    running = running_stack(tmp_path / "state")
    assert running.info == json.loads(json.dumps(info))
    assert running.supervisor == os.getpid()
    assert len(running.env["SECRETS_KEY"]) == 44
    assert running.env["SECRETS_KEY"] not in json.dumps(info)


def test_a_stopped_stack_is_not_running(make_stack: MakeStack, tmp_path: Path) -> None:
    stack = make_stack()
    pids = stack.start()["pids"]
    stack.stop()
    assert all_ended(pids["router"])
    with pytest.raises(StackError, match=r"no stack is running in .*parley up"):
        running_stack(tmp_path / "state")


def test_ports_and_secrets_are_remembered(make_stack: MakeStack) -> None:
    runs = []
    for _ in range(2):
        stack = make_stack()
        runs.append((stack.start()["ops"], stack.env["SECRETS_KEY"]))
        stack.stop()
    assert runs[0] == runs[1]


def test_simulators_are_where_the_services_look_for_providers(make_stack: MakeStack) -> None:
    stack = make_stack(simulators=True, commands={"simulators": [sys.executable, "-c", SIMULATORS]})
    info = stack.start()
    env = environment(info["ops"]["delivery"][0])
    assert env["META_GRAPH_URL"] == info["simulators"]["meta"] == f"{info['simulators']['url']}/meta"
    assert env["SIM_INGRESS_URL"] == info["ingress"]


def test_dead_service_is_restarted(make_stack: MakeStack) -> None:
    stack = make_stack(restart=True, replicas={"router": 2})
    before = stack.start()["pids"]["router"]
    os.kill(before[1], signal.SIGKILL)
    until(lambda: len(set(stack.info["pids"].get("router", [])) - {before[1]}) == 2)
    until(lambda: stack.server("router", 1).is_ready())
    assert stack.info["pids"]["router"][0] == before[0]
    assert stack.failure is None


def test_full_disk_does_not_stop_the_watch_or_restarts(
    make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither run.json nor messages for the user can be written while the disk is full."""
    reported: list[str] = []

    def report(line: str) -> None:
        reported.append(line)
        if full:
            Path("/dev/full").write_text(line)

    write_text, full = Path.write_text, True

    def on_a_full_disk(path: Path, text: str, *args: Any, **kwargs: Any) -> int:
        into = Path("/dev/full") if full and path.name.startswith(".run.json") else path
        return write_text(into, text, *args, **kwargs)

    stack = make_stack(restart=True, report=report)
    before = stack.start()["pids"]
    monkeypatch.setattr(Path, "write_text", on_a_full_disk)
    for name in ("router", "ai"):
        os.kill(before[name][0], signal.SIGKILL)
        until(lambda name=name: stack.info["pids"].get(name, before[name]) != before[name])  # type: ignore[misc]
    until(lambda: any("No space left" in line for line in reported))
    assert len([line for line in reported if "cannot be written" in line]) == 1
    assert stack.failure is None

    full = False
    run_file = tmp_path / "state" / "run.json"
    until(lambda: json.loads(run_file.read_text())["pids"] == json.loads(json.dumps(stack.info["pids"])))


def test_failed_restart_is_retried_later(make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log cannot be opened, as on a full disk; the other processes are still restarted."""
    stack = make_stack(restart=True)
    before = stack.start()["pids"]
    router = stack.server("router")
    log, router.log = router.log, Path("/dev/full/router.log")
    os.kill(before["router"][0], signal.SIGKILL)
    os.kill(before["ai"][0], signal.SIGKILL)
    until(lambda: stack.info["pids"].get("ai", before["ai"]) != before["ai"])
    assert "router" not in stack.info["pids"]
    router.log = log
    until(lambda: "router" in stack.info["pids"])
    assert stack.failure is None


def test_dead_service_ends_the_stack_with_one_line(make_stack: MakeStack) -> None:
    stack = make_stack()
    os.kill(stack.start()["pids"]["ai"][0], signal.SIGKILL)
    failure = stack.wait(10)
    assert failure is not None
    assert failure.startswith("ai-0 ended while the stack ran (SIGKILL)")
    assert "\n" not in failure


def test_a_service_killed_on_purpose_stays_down_until_restarted(make_stack: MakeStack) -> None:
    stack = make_stack()
    before = stack.start()["pids"]["ai"]
    stack.kill("ai")
    assert "ai" not in stack.info["pids"]
    stack.restart("ai")
    assert stack.info["pids"]["ai"] != before
    assert stack.failure is None


def test_service_started_again_is_watched_again(make_stack: MakeStack) -> None:
    stack = make_stack(restart=True)
    stack.start()
    assert stack.stop_one("ai") is True
    assert "ai" not in stack.info["pids"]
    assert stack.unexpected_exits == []
    stack.start_one("ai")
    (started,) = stack.info["pids"]["ai"]
    os.kill(started, signal.SIGKILL)
    until(lambda: stack.info["pids"].get("ai", [started]) != [started])
    ((name, exit_report),) = stack.unexpected_exits
    assert name == "ai-0"
    assert "SIGKILL" in exit_report


def test_service_can_be_suspended_and_continued(make_stack: MakeStack) -> None:
    stack = make_stack()
    (pid,) = stack.start()["pids"]["router"]
    stack.send_signal(signal.SIGSTOP, "router")
    until(lambda: state_of(pid) == "T")
    stack.send_signal(signal.SIGCONT, "router")
    until(lambda: state_of(pid) != "T")
    until(stack.server("router").is_ready)


def test_service_that_dies_at_its_start_is_reported_with_its_error(make_stack: MakeStack) -> None:
    stack = make_stack(dummy="dies@router-0")
    with pytest.raises(StackError, match=r"router-0 ended while starting \(exit code 1\): .*SHOE_SIZE is missing"):
        stack.start()
    assert all(server.pid is None for server in processes(stack))


def test_service_that_is_never_ready_fails_after_the_time_out(
    make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devtools.stack.server.Server.ready_timeout", 3.0)
    with pytest.raises(StackError, match=r"was not ready within 3 s; /health/ready returned 503"):
        make_stack(dummy="unready").start()


def test_failed_topic_creation_ends_the_start(make_stack: MakeStack) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('topic x has 3 partitions, not 12')"]
    with pytest.raises(StackError, match=r"topics cannot be created \(exit code 1\): topic x has 3"):
        make_stack(commands={"topics": command}).start()


def test_port_in_use_is_reported(make_stack: MakeStack) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(StackError, match=f"port of ingress-0, {port}, is in use"):
            make_stack(env={"INGRESS_PORT": str(port)}).start()


def test_a_second_stack_in_the_same_directory_is_refused(make_stack: MakeStack) -> None:
    make_stack().start()
    with pytest.raises(StackError, match=f"runs in .*state already \\(pid {os.getpid()}\\)"):
        make_stack().start()


def test_start_on_a_full_disk_is_refused(make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 5 * 2**20}))
    with pytest.raises(StackError, match="only 5 MB are free"):
        make_stack().start()


def test_stubborn_services_are_killed_after_their_grace(make_stack: MakeStack) -> None:
    stack = make_stack(dummy="stubborn@router-0")
    pids = stack.start()["pids"]
    assert stack.stop_one("ai") is True
    assert stack.stop_one("router", grace=0.3) is False
    stack.stop()
    assert all_ended(pid for name in ("ingress", "router", "ai", "delivery") for pid in pids[name])


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"replicas": {"shoes": 1}}, "no service 'shoes'"),
        ({"replicas": {"router": 99}}, "from 0 to 32"),
    ],
)
def test_invalid_options_are_refused(make_stack: MakeStack, options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(StackError, match=complaint):
        make_stack(**options).start()


def environment(url: str) -> dict[str, str]:
    with urlopen(url, timeout=5) as response:  # noqa: S310 - our own server
        env: dict[str, str] = json.load(response)
    return env


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def processes(stack: Any) -> list[Any]:
    return [stack.server(name) for name in ("ingress", "router", "ai", "delivery")]


# Run the dummy service as the simulators; their port is in the URLs of the environment.
SIMULATORS = f"""
import os, subprocess, sys
from urllib.parse import urlsplit
os.execv({DUMMY[0]!r}, [*{DUMMY!r}, str(urlsplit(os.environ["META_GRAPH_URL"]).port)])
"""
