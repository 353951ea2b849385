"""`parley demo` (`make demo`): three customers write to a stack of the demo's own; what their phones get is checked."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.text import Text

from devtools.cli.apply import apply_file
from devtools.cli.connections import run
from devtools.cli.demo_channel import find_channel
from devtools.cli.phone import Phone, Received
from devtools.cli.run import DEMO_TOKENS
from devtools.cli.running import running_stack
from devtools.cli.screen import console, seconds
from devtools.cli.simulators import Simulators
from devtools.cli.starting import progress
from devtools.cli.up import run_in_foreground
from devtools.stack.services import PROJECT
from devtools.stack.supervisor import Stack

_ANSWER_LIMIT = 20.0  # seconds for one answer
_DEMO_LIMIT = 90.0  # seconds for all conversations


@dataclass(frozen=True, slots=True)
class Script:
    """A customer's part. lines: what is written, and what the one answer to it must contain."""

    title: str
    provider: str
    name: str
    number: str
    lines: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class ScriptResult:
    """How a conversation went. slowest: seconds from the webhook to the phone."""

    script: Script
    right: int = 0
    slowest: float = 0.0
    problems: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return self.right == len(self.script.lines) and not self.problems


SCRIPTS = (
    Script(
        "FAQ",
        "meta",
        "Ada",
        "+2348035550101",
        (("When do you open?", "9 to 5"), ("what is your adress?", "12 Marina Road")),
    ),
    Script(
        "AI with memory",
        "meta",
        "Chidi",
        "+2348035550102",
        (("do you have coasters?", "2) Slate coaster"), ("2", "Slate coaster")),
    ),
    Script(
        "through Twilio",
        "twilio",
        "Maria",
        "+14155550103",
        (("How can I pay?", "cash on delivery"), ("how much is the cork one?", "2.50")),
    ),
)


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo() -> None:
    """Start a fresh stack, let three customers talk with it, check their answers, and end it. Exit code 0 or 1."""
    screen = console()
    place = Path(tempfile.mkdtemp(prefix="parley-demo-"))
    outcomes: list[ScriptResult] = []
    screen.print("Starting a Parley of the demo's own, with simulated providers…")
    stack = Stack(dir=place, simulators=True, say=screen.print)
    passed = signalled = False
    try:
        signalled = run_in_foreground(
            stack,
            on_ready=lambda info: outcomes.extend(_converse(screen, place, info)),
            starting=progress(stack, screen, simulators=True),
            stay=False,
        )
        passed = len(outcomes) == len(SCRIPTS) and all(outcome.passed for outcome in outcomes)
    finally:
        _clean(place, keep_logs=not passed and not signalled)
    if signalled:
        raise typer.Exit(130)
    if outcomes:
        _summarise(screen, outcomes)
    if not passed:
        screen.print(f"The demo did not pass. Logs: {place / 'logs'}")
        raise typer.Exit(1)


def _converse(screen: Console, place: Path, info: dict[str, Any]) -> Iterator[ScriptResult]:
    running_stack(place).export()
    os.environ.update(DEMO_TOKENS)
    screen.print(apply_file(PROJECT / "devtools/demo/acme.yaml"))
    simulators = Simulators(info["simulators"]["url"])
    deadline = time.monotonic() + _DEMO_LIMIT
    for script in SCRIPTS:
        yield _play(screen, simulators, script, deadline)


def _play(screen: Console, simulators: Simulators, script: Script, deadline: float) -> ScriptResult:
    channel = run(find_channel(provider=script.provider, workspace="acme"))
    phone = Phone(simulators, channel, script.number, script.name)
    outcome = ScriptResult(script)
    screen.print(Text(f"\n{script.title}: {script.name} writes to {channel.address} ({script.provider})", style="bold"))
    for said, expected in script.lines:
        screen.print(Text(f"  {script.name:<6} ", style="bold") + Text(said))
        limit = min(_ANSWER_LIMIT, deadline - time.monotonic())
        _ask(screen, phone, said, expected, limit, outcome)
    return outcome


def _ask(screen: Console, phone: Phone, said: str, expected: str, limit: float, outcome: ScriptResult) -> None:
    began = time.time()
    answer = phone.send({"text": said})
    if answer["status"] != 200:
        outcome.problems.append(f"ingress did not take `{said}`: {answer['status']} {answer['body']}")
        return
    got = [item for item in phone.answers(quiet=limit) if item.kind == "message"]
    problem = _problem(said, expected, got)
    for item in got:
        took = item.at - began
        outcome.slowest = max(outcome.slowest, took)
        first, *rest = item.text.splitlines()
        mark = Text("  ✗" if problem else "  ✓", style="red" if problem else "green")
        line = Text("  acme   ", style="bold green") + Text(first) + mark
        screen.print(line + Text(f" {seconds(took)}", style="dim"))
        for more in rest:
            screen.print(f"         {more}")
    if problem:
        outcome.problems.append(problem)
        screen.print(Text(f"  ✗ {problem}", style="bold red"))
    else:
        outcome.right += 1


def _problem(said: str, expected: str, got: list[Received]) -> str:
    if not got:
        return f"`{said}` was not answered in time"
    if len(got) > 1:
        return f"`{said}` was answered {len(got)} times"
    return "" if expected in got[0].text else f"the answer to `{said}` does not say `{expected}`"


def _summarise(screen: Console, outcomes: list[ScriptResult]) -> None:
    screen.print(Text(f"\n{'conversation':<18}{'provider':<10}{'asked':>6}{'right':>7}{'slowest':>10}", style="bold"))
    for outcome in outcomes:
        script = outcome.script
        row = f"{script.title:<18}{script.provider:<10}{len(script.lines):>6}{outcome.right:>7}"
        style, word = ("green", "passed") if outcome.passed else ("bold red", "FAILED")
        screen.print(Text(f"{row}{seconds(outcome.slowest):>10}  ") + Text(word, style=style))


def _clean(place: Path, *, keep_logs: bool) -> None:
    if not keep_logs:
        shutil.rmtree(place, ignore_errors=True)
        return
    for path in place.iterdir():
        if path.name != "logs":
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
