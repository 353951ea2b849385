"""`parley run` (`make run`): starts all of Parley on this machine, with simulators and a first message.

With credentials in `.env` it serves real numbers instead, without simulators and demo (`docs/first-number.md`).
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from devtools.cli.apply import RemovalRefused, apply_file
from devtools.cli.connections import run as run_async
from devtools.cli.demo_channel import find_channel, register_number
from devtools.cli.demo_owner import DemoOwner, demo_owner
from devtools.cli.first_message import show_first_message
from devtools.cli.running import DEFAULT_DIR, command, running_stack
from devtools.cli.screen import console
from devtools.cli.simulators import Simulators
from devtools.cli.starting import progress
from devtools.cli.unreadable import show_unreadable_secrets
from devtools.cli.up import run_in_foreground
from devtools.stack.environment import read_dotenv
from devtools.stack.errors import StackError
from devtools.stack.services import PROJECT
from devtools.stack.statedir import StateDir
from devtools.stack.supervisor import Stack

# Any of these in `.env` selects real providers instead of simulators.
REAL = ("META_APP_SECRET", "ANTHROPIC_API_KEY", "OPENROUTER_API_KEY", "PUBLIC_BASE_URL")
DEMO_TOKENS = {"ACME_META_TOKEN": "demo-token", "ACME_TWILIO_TOKEN": "demo-twilio"}
_NEEDED = {
    "PUBLIC_BASE_URL": "the public https address of ingress: Twilio's signatures are verified against it",
    "META_APP_SECRET": "without it Meta's webhooks are rejected",
    "META_VERIFY_TOKEN": "without it Meta cannot verify the webhook",
    "ANTHROPIC_API_KEY": "without it questions that the FAQ does not answer get an apology",
}


def register(app: typer.Typer) -> None:
    app.command()(run)


def run(
    dir: Annotated[Path, typer.Option("--dir", help="State directory: data, logs, ports.")] = DEFAULT_DIR,  # noqa: A002
    simulators: Annotated[
        bool | None,
        typer.Option("--simulators/--no-simulators", help="Default: simulators, unless .env has real credentials."),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", "-f", help="Workspace file; default: the demo or, if real, ./workspace.yaml."),
    ] = None,
) -> None:
    """Start Parley, send a first message, show its hops, and run until Ctrl-C."""
    _refuse_second_stack(dir)
    env_file = PROJECT / ".env"
    named = [name for name in REAL if name in read_dotenv(env_file)]
    simulated = not named if simulators is None else simulators
    screen = console()
    screen.print(_start_line(simulated, named))
    stack = Stack(dir=dir, simulators=simulated, env_file=env_file, restart=True, report=screen.print)

    def ready(info: dict[str, Any]) -> None:
        if simulated:
            _run_demo(screen, dir, file or PROJECT / "devtools/demo/acme.yaml")
        else:
            _run_real(screen, dir, info, stack.env, file)
        show_unreadable_secrets(screen, dir)

    run_in_foreground(stack, on_ready=ready, starting=progress(stack, screen, simulators=simulated))
    screen.print("Parley has stopped.")


def _refuse_second_stack(dir: Path) -> None:  # noqa: A002
    state = StateDir(dir)
    holder = state.holder()
    if holder is not None:
        say = command(dir)
        raise StackError(
            f"Parley is already running in {state.path} (pid {holder}): write to it with `{say('chat')}`, "
            f"or stop it with `{say('down')}`"
        )


def _start_line(simulated: bool, named: list[str]) -> str:
    if simulated:
        return "Starting Parley with simulated providers: nothing leaves this machine."
    why = f" (.env names {', '.join(named)})" if named else ""
    return f"Starting Parley for real numbers{why}; use --simulators to try it without real numbers."


def _run_demo(screen: Console, dir: Path, file: Path) -> None:  # noqa: A002
    running = running_stack(dir)
    running.export()
    for name, value in DEMO_TOKENS.items():
        os.environ.setdefault(name, value)
    screen.print(Text("  ✓ ", style="green") + Text(apply_file(file)))
    channel = run_async(find_channel(provider="meta"))
    simulators = Simulators(running.info["simulators"]["url"])
    register_number(simulators, channel, running.env["META_APP_SECRET"])
    message_id = show_first_message(screen, running, simulators, channel)
    owner = run_async(demo_owner(running.info["console"], running.env["SECRETS_KEY"]))
    _show_addresses(screen, dir, running.info, message_id, owner=owner)


def _run_real(
    screen: Console,
    dir: Path,  # noqa: A002
    info: dict[str, Any],
    env: Mapping[str, str],
    file: Path | None,
) -> None:
    running_stack(dir).export()
    found = file or Path("workspace.yaml")
    if file is not None or found.exists():
        try:
            screen.print(Text("  ✓ ", style="green") + Text(apply_file(found)))
        except RemovalRefused as error:  # the stored workspace stays in use
            screen.print(Text(f"  ! {error}", style="yellow"))
    else:
        screen.print(f"  there is no workspace.yaml: write one, then run {command(dir)('apply -f FILE')}")
    for name, why in _NEEDED.items():
        if not env.get(name) or (name == "PUBLIC_BASE_URL" and not env[name].startswith("https://")):
            screen.print(Text(f"  ! {name} is missing in .env: {why}", style="yellow"))
    _show_addresses(screen, dir, {**info, "public": env.get("PUBLIC_BASE_URL", info["ingress"])}, "")


def _show_addresses(
    screen: Console,
    dir: Path,  # noqa: A002
    info: dict[str, Any],
    message_id: str,
    *,
    owner: DemoOwner | None = None,
) -> None:
    say = command(dir)
    public = info.get("public", info["ingress"])
    rows = [("chat as a customer", say("chat")), ("", say("chat --provider twilio"))] if info["simulators"] else []
    rows += [
        ("trace a message", say(f"trace {message_id}" if message_id else "trace ID")),
        ("follow a topic", say("tail inbound.messages")),
        ("dead letters", say("dlq list")),
        ("Meta webhook", f"{public}/webhooks/meta"),
        ("Twilio webhook", f"{public}/webhooks/twilio" + ("" if info["simulators"] else "#rc=3&rp=all")),
        *([("forwarded to", info["ingress"])] if public != info["ingress"] else []),
        *(
            (f"{name}: health", f"{urls[0]}/health/ready   metrics {urls[0]}/metrics")
            for name, urls in info["ops"].items()
        ),
        ("logs", info["logs"]),
        ("a real number", "docs/first-number.md"),
    ]
    screen.print(Text("\nParley is running; Ctrl-C stops it.", style="bold"))
    if info["console"]:
        _show_console(screen, info["console"], owner)
    screen.print(Text("\nIn another terminal:", style="bold"))
    for name, value in rows:
        screen.print(Text(f"  {name:<20}", style="cyan") + Text(value))


def _show_console(screen: Console, address: str, owner: DemoOwner | None) -> None:
    """Print the console's address; in the demo also the link that signs its owner in."""
    screen.print()
    if owner is None:
        screen.print(Text("  Open the console:  ", style="bold green") + Text(address, style="bold underline"))
        return
    screen.print(Text("  Open the console:  ", style="bold green") + Text(owner.link, style="bold underline"))
    screen.print(Text("                     the link signs you in, once, as the owner of the demo", style="dim"))
    if owner.password:
        later = f"{address}  {owner.email}  {owner.password}"
        screen.print(Text("  Later:             ", style="green") + Text(later))
