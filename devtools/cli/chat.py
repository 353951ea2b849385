"""`parley chat`: write to a channel as a customer, interactively or from piped input."""

import contextlib
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from devtools.cli.chat_input import HELP, CommandInvalid, content_of
from devtools.cli.connections import run
from devtools.cli.demo_channel import find_channel, register_number
from devtools.cli.phone import Phone, Received
from devtools.cli.running import DEFAULT_DIR, DirOption, running_stack
from devtools.cli.screen import console
from devtools.cli.simulators import Simulators
from devtools.cli.typed_line import TypedLine
from devtools.simulators.received import Option
from devtools.stack.errors import StackError
from shared.domain.phone import PhoneInvalid, normalise
from shared.providers.port import Channel

_PROMPT = "you> "
_POLL_S = 20.0


def register(app: typer.Typer) -> None:
    app.command()(chat)


def chat(
    provider: Annotated[str, typer.Option(help="meta or twilio; default: the first channel's.")] = "",
    number: Annotated[str, typer.Option("--from", help="The customer's phone number.")] = "+2348035550101",
    name: Annotated[str, typer.Option(help="The customer's name.")] = "Ada",
    channel: Annotated[str, typer.Option(help="Id of the channel to write to.")] = "",
    workspace: Annotated[str, typer.Option(help="The workspace to write to.")] = "",
    quiet: Annotated[float, typer.Option(help="Piped input: seconds to wait for a reply.")] = 8.0,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002
) -> None:
    """Write as a customer, and see the replies arrive. /help lists commands for other kinds of messages."""
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
        raise StackError("this stack has no simulators: write to its numbers from a real phone")
    running.export()
    found = run(find_channel(provider=provider, channel=channel, workspace=workspace))
    simulators = Simulators(running.info["simulators"]["url"])
    register_number(simulators, found, running.env.get("META_APP_SECRET", ""))
    return simulators, found


def _scripted(phone: Phone, channel: Channel, quiet: float, screen: Console) -> None:
    """Send each line of the input, and print the reply to it."""
    offered: dict[str, Option] = {}
    for line in filter(None, map(str.strip, sys.stdin)):
        if line == "/quit":
            return
        screen.print(f"{_PROMPT}{line}")
        if line == "/help":
            screen.print(HELP)
            continue
        _send(phone, line, channel, offered)
        replies = [item for item in phone.wait_for_reply(quiet=quiet) if item.kind == "message"]
        for item in replies:
            _show(screen, channel, item)
            offered = {option.id: option for option in item.options} or offered
        if not replies:
            screen.print(f"(no reply within {quiet:g} s)")


def _send(phone: Phone, line: str, channel: Channel, offered: dict[str, Option]) -> None:
    """Send a line. Raises StackError for an invalid command, or when ingress rejects the message."""
    try:
        content = content_of(line, channel.provider, offered, phone.last_sent)
    except CommandInvalid as error:
        raise StackError(str(error)) from None
    response = phone.send(content)
    if response["status"] != 200:
        raise StackError(f"ingress rejected the message: {response['status']} {response['body']}")


def _show(screen: Console, channel: Channel, received: Received) -> None:
    speaker = f"{channel.workspace}> "
    first, *rest = [*([f"({received.media})"] if received.media else []), *received.text.splitlines()] or [""]
    screen.print(Text(speaker, style="bold green") + Text(first))
    margin = " " * len(speaker)
    for line in rest:
        screen.print(margin + line)
    if received.list_button:
        screen.print(Text(f"{margin}[{received.list_button}]", style="cyan"))
    for option in received.options:
        screen.print(Text(margin + _option_line(option), style="cyan"))


def _option_line(option: Option) -> str:
    if not option.row:
        return f"[{option.title}]  /button {option.id}"
    return f"  {option.title}" + (f" – {option.description}" if option.description else "") + f"  /row {option.id}"


def _update_offered(offered: dict[str, Option], received: Received) -> None:
    """Replace the options that can be chosen by those of the last message that had any."""
    if received.options:
        offered.clear()
        offered.update({option.id: option for option in received.options})


def _interactive(phone: Phone, channel: Channel, screen: Console) -> None:
    """Read typed lines in the main thread; a second thread prints replies above the line being typed."""
    offered: dict[str, Option] = {}
    line = TypedLine(_PROMPT)
    stopping = threading.Event()

    def listen() -> None:
        try:
            while not stopping.is_set():
                for item in phone.receive(_POLL_S):
                    with line.above():
                        _update_offered(offered, item)
                        _show_received(screen, channel, item)
        except StackError as error:
            if not stopping.is_set():
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
            _send_and_show(phone, typed, channel, offered, screen)
    finally:
        stopping.set()
    if line.failure:
        raise StackError(line.failure)


def _send_and_show(phone: Phone, typed: str, channel: Channel, offered: dict[str, Option], screen: Console) -> None:
    try:
        _send(phone, typed, channel, offered)
    except StackError as error:
        screen.print(Text(f"     ✗ {error}", style="red"))
    else:
        screen.print(Text("     ✓ sent", style="dim"))


def _show_received(screen: Console, channel: Channel, received: Received) -> None:
    if received.kind == "message":
        _show(screen, channel, received)
        return
    typing = " · typing…" if received.kind == "typing" else ""
    screen.print(Text("     ✓✓ read", style="blue") + Text(typing, style="dim"))
