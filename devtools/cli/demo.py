"""`parley demo` (`make demo`): plays three scripted conversations on a fresh stack and checks the replies."""

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
    """A conversation. lines: each message of the customer, with a text that the only reply must contain."""

    title: str
    provider: str
    name: str
    number: str
    lines: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class ScriptResult:
    """The result of a conversation. correct: expected replies. slowest: seconds from the webhook to the phone."""

    script: Script
    correct: int = 0
    slowest: float = 0.0
    problems: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return self.correct == len(self.script.lines) and not self.problems


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
    """Start a fresh stack, play three conversations, check the replies, and stop the stack. Exit code 0 or 1."""
    screen = console()
    state_dir = Path(tempfile.mkdtemp(prefix="parley-demo-"))
    results: list[ScriptResult] = []
    screen.print("Starting a separate stack with simulated providers…")
    stack = Stack(dir=state_dir, simulators=True, report=screen.print)
    passed = signalled = False
    try:
        signalled = run_in_foreground(
            stack,
            on_ready=lambda info: results.extend(_play_all(screen, state_dir, info)),
            starting=progress(stack, screen, simulators=True),
            stay=False,
        )
        passed = len(results) == len(SCRIPTS) and all(result.passed for result in results)
    finally:
        _clean(state_dir, keep_logs=not passed and not signalled)
    if signalled:
        raise typer.Exit(130)
    if results:
        _summarise(screen, results)
    if not passed:
        screen.print(f"The demo did not pass. Logs: {state_dir / 'logs'}")
        raise typer.Exit(1)


def _play_all(screen: Console, state_dir: Path, info: dict[str, Any]) -> Iterator[ScriptResult]:
    running_stack(state_dir).export()
    os.environ.update(DEMO_TOKENS)
    screen.print(apply_file(PROJECT / "devtools/demo/acme.yaml"))
    simulators = Simulators(info["simulators"]["url"])
    deadline = time.monotonic() + _DEMO_LIMIT
    for script in SCRIPTS:
        yield _play(screen, simulators, script, deadline)


def _play(screen: Console, simulators: Simulators, script: Script, deadline: float) -> ScriptResult:
    channel = run(find_channel(provider=script.provider, workspace="acme"))
    phone = Phone(simulators, channel, script.number, script.name)
    result = ScriptResult(script)
    screen.print(Text(f"\n{script.title}: {script.name} writes to {channel.address} ({script.provider})", style="bold"))
    for text, expected in script.lines:
        screen.print(Text(f"  {script.name:<6} ", style="bold") + Text(text))
        limit = min(_ANSWER_LIMIT, deadline - time.monotonic())
        _check_reply(screen, phone, text, expected, limit, result)
    return result


def _check_reply(screen: Console, phone: Phone, text: str, expected: str, limit: float, result: ScriptResult) -> None:
    began = time.time()
    response = phone.send({"text": text})
    if response["status"] != 200:
        result.problems.append(f"ingress rejected `{text}`: {response['status']} {response['body']}")
        return
    replies = [item for item in phone.wait_for_reply(quiet=limit) if item.kind == "message"]
    problem = _problem(text, expected, replies)
    for item in replies:
        took = item.at - began
        result.slowest = max(result.slowest, took)
        first, *rest = item.text.splitlines()
        mark = Text("  ✗" if problem else "  ✓", style="red" if problem else "green")
        line = Text("  acme   ", style="bold green") + Text(first) + mark
        screen.print(line + Text(f" {seconds(took)}", style="dim"))
        for more in rest:
            screen.print(f"         {more}")
    if problem:
        result.problems.append(problem)
        screen.print(Text(f"  ✗ {problem}", style="bold red"))
    else:
        result.correct += 1


def _problem(text: str, expected: str, replies: list[Received]) -> str:
    if not replies:
        return f"`{text}` was not answered in time"
    if len(replies) > 1:
        return f"`{text}` was answered {len(replies)} times"
    return "" if expected in replies[0].text else f"the reply to `{text}` does not contain `{expected}`"


def _summarise(screen: Console, results: list[ScriptResult]) -> None:
    screen.print(Text(f"\n{'conversation':<18}{'provider':<10}{'sent':>6}{'correct':>9}{'slowest':>10}", style="bold"))
    for result in results:
        script = result.script
        row = f"{script.title:<18}{script.provider:<10}{len(script.lines):>6}{result.correct:>9}"
        style, word = ("green", "passed") if result.passed else ("bold red", "FAILED")
        screen.print(Text(f"{row}{seconds(result.slowest):>10}  ") + Text(word, style=style))


def _clean(state_dir: Path, *, keep_logs: bool) -> None:
    if not keep_logs:
        shutil.rmtree(state_dir, ignore_errors=True)
        return
    for path in state_dir.iterdir():
        if path.name != "logs":
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
