"""`parley chat`: a customer's phone in the terminal; with piped input, a script of one."""

import contextlib
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from devtools.cli.chat_input import HELP, NotUnderstood, content_of
from devtools.cli.connections import run
from devtools.cli.demo_channel import find_channel, prepare
from devtools.cli.phone import Option, Phone, Received
from devtools.cli.running import DEFAULT_DIR, running_stack
from devtools.cli.screen import console
from devtools.cli.simulators import Simulators
from devtools.cli.typed_line import TypedLine
from devtools.stack.errors import StackError
from shared.domain.phone import PhoneInvalid, normalise
from shared.providers.port import Channel

_PROMPT = "you> "
_POLL_S = 20.0


def register(app: typer.Typer) -> None:
    app.command()(chat)


def chat(
    provider: Annotated[str, typer.Option(help="meta or twilio; the first channel's by default.")] = "",
    number: Annotated[str, typer.Option("--from", help="The customer's phone number.")] = "+2348035550101",
    name: Annotated[str, typer.Option(help="The customer's name.")] = "Ada",
    channel: Annotated[str, typer.Option(help="Which channel to write to, by its id.")] = "",
    workspace: Annotated[str, typer.Option(help="Which workspace to write to.")] = "",
    quiet: Annotated[float, typer.Option(help="Piped input: seconds without a sign of an answer to wait.")] = 8.0,
    dir: Annotated[Path, typer.Option("--dir", help="State directory of the stack.")] = DEFAULT_DIR,  # noqa: A002
) -> None:
    """Write as a customer, and see the answers arrive. /help shows what else can be sent."""
    if provider not in ("", "meta", "twilio"):
        raise typer.BadParameter("meta or twilio", param_hint="--provider")
    customer = _number(number)
    simulators, found = _connect(dir, provider, channel, workspace)
    screen = console()
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        phone = Phone(simulators, found, customer, name)
        if sys.stdin.isatty():
            _interactive(phone, found, screen)
        else:
            _scripted(phone, found, quiet, screen)


def _number(number: str) -> str:
    try:
        return normalise(number)
    except PhoneInvalid as error:
        raise typer.BadParameter(str(error), param_hint="--from") from None


def _connect(
    dir: Path,  # noqa: A002 - as the option is called
    provider: str,
    channel: str,
    workspace: str,
) -> tuple[Simulators, Channel]:
    running = running_stack(dir)
    if not running.info["simulators"]:
        raise StackError("this stack serves real numbers, without simulators: write to it from a real phone")
    running.export()
    found = run(find_channel(provider=provider, channel=channel, workspace=workspace))
    simulators = Simulators(running.info["simulators"]["url"])
    prepare(simulators, found, running.env.get("META_APP_SECRET", ""))
    return simulators, found


def _scripted(phone: Phone, channel: Channel, quiet: float, screen: Console) -> None:
    """One line of input after another, each with what came in answer."""
    offered: dict[str, Option] = {}
    for line in filter(None, map(str.strip, sys.stdin)):
        if line == "/quit":
            return
        screen.print(f"{_PROMPT}{line}")
        if line == "/help":
            screen.print(HELP)
            continue
        _send(phone, line, channel, offered)
        got = [item for item in phone.answers(quiet=quiet) if item.kind == "message"]
        for item in got:
            _show(screen, channel, item)
            offered = {option.id: option for option in item.options} or offered
        if not got:
            screen.print(f"(no answer within {quiet:g} s)")


def _send(phone: Phone, line: str, channel: Channel, offered: dict[str, Option]) -> None:
    """Raises StackError when it is not understood, or ingress did not take it."""
    try:
        content = content_of(line, channel.provider, offered, phone.last_sent)
    except NotUnderstood as error:
        raise StackError(str(error)) from None
    answer = phone.send(content)
    if answer["status"] != 200:
        raise StackError(f"ingress did not take it: {answer['status']} {answer['body']}")


def _show(screen: Console, channel: Channel, got: Received) -> None:
    speaker = f"{channel.workspace}> "
    first, *rest = [*([f"({got.media})"] if got.media else []), *got.text.splitlines()] or [""]
    screen.print(Text(speaker, style="bold green") + Text(first))
    margin = " " * len(speaker)
    for line in rest:
        screen.print(margin + line)
    if got.opens:
        screen.print(Text(f"{margin}[{got.opens}]", style="cyan"))
    for option in got.options:
        screen.print(Text(margin + _option(option), style="cyan"))


def _option(option: Option) -> str:
    if not option.row:
        return f"[{option.title}]  /button {option.id}"
    return f"  {option.title}" + (f" – {option.description}" if option.description else "") + f"  /row {option.id}"


def _offer(offered: dict[str, Option], got: Received) -> None:
    """What was offered last can be chosen."""
    if got.options:
        offered.clear()
        offered.update({option.id: option for option in got.options})


def _interactive(phone: Phone, channel: Channel, screen: Console) -> None:
    """The main thread reads what is typed; another one shows what comes, above the line that is being typed."""
    offered: dict[str, Option] = {}
    line = TypedLine(_PROMPT)
    ending = threading.Event()

    def listen() -> None:
        try:
            while not ending.is_set():
                for item in phone.receive(_POLL_S):
                    with line.above():
                        _offer(offered, item)
                        _arrived(screen, channel, item)
        except StackError as error:
            if not ending.is_set():
                line.end(str(error))

    screen.print(f"{phone.name} {phone.number} → {channel.workspace} {channel.address} ({channel.provider}).  {HELP}\n")
    threading.Thread(target=listen, name="phone", daemon=True).start()
    try:
        for typed in line:
            if typed == "/quit":
                break
            if typed == "/help":
                screen.print(HELP)
                continue
            _send_shown(phone, typed, channel, offered, screen)
    finally:
        ending.set()
    if line.failure:
        raise StackError(line.failure)


def _send_shown(phone: Phone, typed: str, channel: Channel, offered: dict[str, Option], screen: Console) -> None:
    try:
        _send(phone, typed, channel, offered)
    except StackError as error:
        screen.print(Text(f"     ✗ {error}", style="red"))
    else:
        screen.print(Text("     ✓ sent", style="dim"))


def _arrived(screen: Console, channel: Channel, got: Received) -> None:
    if got.kind == "message":
        _show(screen, channel, got)
        return
    screen.print(Text("     ✓✓ read", style="blue") + Text(" · typing…" if got.kind == "typing" else "", style="dim"))
