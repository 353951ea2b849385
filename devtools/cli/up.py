"""`parley up`, `parley down`, `parley status`: start, stop and show the local stack."""

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from devtools.cli.running import DEFAULT_DIR, running_stack
from devtools.stack.errors import StackError
from devtools.stack.services import PROJECT
from devtools.stack.statedir import StateDir
from devtools.stack.supervisor import Stack

DOWN_LIMIT_S = 90.0  # services have 45 s to stop, the servers less

DirOption = Annotated[Path, typer.Option("--dir", help="State directory: data, logs, ports.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


class _Signalled(KeyboardInterrupt):
    """Raised on SIGINT, SIGTERM or SIGHUP. A KeyboardInterrupt, because event loops pass on no other exception."""


def register(app: typer.Typer) -> None:
    app.command()(up)
    app.command()(down)
    app.command()(status)


def up(
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
    as_json: JsonOption = False,
    replicas: Annotated[str, typer.Option(help="Replicas by service, e.g. router=2,ai=2.")] = "",
    restart: Annotated[bool, typer.Option("--restart", help="Restart dead processes, as Kubernetes does.")] = False,
    infra_only: Annotated[bool, typer.Option("--infra-only", help="Only Kafka, MongoDB and Redis.")] = False,
    simulators: Annotated[
        bool, typer.Option(help="Simulate providers; otherwise use the provider URLs of the environment.")
    ] = True,
    fresh: Annotated[bool, typer.Option("--fresh", help="Delete the data of earlier runs first.")] = False,
) -> None:
    """Start the local stack; Ctrl-C or `parley down` stops it."""
    stack = Stack(
        dir=dir,
        infra_only=infra_only,
        simulators=simulators,
        replicas=parse_replicas(replicas),
        restart=restart,
        fresh=fresh,
        env_file=PROJECT / ".env",
        report=_say,
    )

    def ready(info: dict[str, Any]) -> None:
        print(json.dumps(info) if as_json else as_text(info), flush=True)
        if not as_json and not infra_only:
            _print_owner_link(dir, info)

    run_in_foreground(stack, on_ready=ready)


def _print_owner_link(dir: Path, info: dict[str, Any]) -> None:  # noqa: A002
    """Print the link for the first owner, if the stack has data of an earlier run and nobody owns it yet."""
    from devtools.cli.connections import run  # here, because they import all drivers
    from devtools.cli.owner_link import owner_link

    running_stack(dir).export()
    if link := run(owner_link(info["console"])):
        print(f"{'first owner':<14}{link}", flush=True)


def down(dir: DirOption = DEFAULT_DIR) -> None:  # noqa: A002 - as the option is called
    """Stop the running stack and wait until it has ended."""
    state = StateDir(dir)
    pid = state.holder()
    if pid is None:
        _say(f"no stack is running in {state.path}")
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_LIMIT_S
    while state.holder() == pid:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)  # its child processes end with it
            raise StackError(f"the stack did not stop within {DOWN_LIMIT_S:.0f} s and was killed (pid {pid})")
        time.sleep(0.1)


def status(dir: DirOption = DEFAULT_DIR, as_json: JsonOption = False) -> None:  # noqa: A002 - as the option is called
    """Show the running stack: addresses and process ids. Exit code 1 if none is running."""
    info = running_stack(dir).info
    print(json.dumps(info) if as_json else as_text(info))


def run_in_foreground(
    stack: Stack,
    *,
    on_ready: Callable[[dict[str, Any]], None],
    starting: contextlib.AbstractContextManager[object] | None = None,
    stay: bool = True,
) -> bool:
    """Start the stack inside `starting`, call `on_ready`, then wait for a signal or a failure if `stay` is set.

    The stack is always stopped at the end. Return whether a signal ended it. Raises StackError on a failure.
    """
    failure = None
    signalled = False
    try:
        with _signals_raise_exception():
            with starting or contextlib.nullcontext():
                info = stack.start()
            on_ready(info)
            failure = stack.wait() if stay else stack.failure
    except _Signalled:
        signalled = True
    finally:
        with _second_interrupt_kills(stack):
            stack.stop()
    if failure is not None:
        raise StackError(failure)
    return signalled


def as_text(info: dict[str, Any]) -> str:
    """Return the addresses as aligned lines."""
    simulators = info["simulators"]["url"] if info["simulators"] else None
    rows = [(name, info[name]) for name in ("ingress", "console") if info[name]]
    rows += [("simulators", simulators)] if simulators else []
    rows += [
        ("kafka", f"{info['kafka']} ({info['kafka_kind']})"),
        ("mongodb", info["mongodb"]),
        ("redis", info["redis"]),
    ]
    rows += [(f"{name} ops", " ".join(urls)) for name, urls in info["ops"].items()]
    rows += [("pids", ", ".join(f"{name} {' '.join(map(str, pids))}" for name, pids in info["pids"].items()))]
    rows += [("logs", info["logs"])]
    return "\n".join(f"{name:<14}{value}" for name, value in rows)


def parse_replicas(text: str) -> dict[str, int]:
    """Parse a list such as `router=2,ai=2`."""
    wanted: dict[str, int] = {}
    for part in filter(None, text.replace(" ", "").split(",")):
        name, _, count = part.partition("=")
        if not count.isdigit():
            raise typer.BadParameter(f"{part!r}: write service=number, e.g. router=2,ai=2", param_hint="--replicas")
        wanted[name] = int(count)
    return wanted


@contextlib.contextmanager
def _signals_raise_exception() -> Iterator[None]:
    def handle(number: int, frame: FrameType | None) -> None:
        _ignore_signals()  # `_second_interrupt_kills` handles the next one
        raise _Signalled

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handle)
    try:
        yield
    finally:
        _ignore_signals()


@contextlib.contextmanager
def _second_interrupt_kills(stack: Stack) -> Iterator[None]:
    """Kill all processes on a second Ctrl-C while the stack stops."""
    signal.signal(signal.SIGINT, lambda *_: stack.kill_all())
    yield
    _ignore_signals()


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
