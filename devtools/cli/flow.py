"""`parley flow`: validates flows, draws them, tries them out, runs their tests and takes drafts into files."""

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from devtools.cli.flow_pull import pull
from devtools.cli.flow_screen import outcome_lines
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.flows.engine.book import FlowBook
from shared.flows.mermaid import to_mermaid
from shared.flows.validation.problem import FlowInvalid
from shared.operations.errors import OperationRefused
from shared.operations.flows.files import MOST_BYTES, known_actions, read_flow, read_flows
from shared.operations.flows.session import HELP, CommandInvalid, FlowSession
from shared.operations.flows.trials import read_trials, run_trials
from shared.operations.flows.word_warnings import word_warnings
from shared.operations.workspaces.source_file import read_source
from shared.workspace.config import Workspace

_PROMPT = "you> "
FilesArgument = Annotated[
    list[Path], typer.Argument(help="Flow files; flows that use each other are checked together.")
]
FileArgument = Annotated[Path, typer.Argument(help="A flow file.")]
AlsoOption = Annotated[list[Path], typer.Option("--also", help="A file of a sub-flow.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Flows: validate, show, simulate, test, pull.", no_args_is_help=True)
    group.command()(validate)
    group.command()(show)
    group.command()(simulate)
    group.command("test")(run_tests)
    group.command()(pull)
    app.add_typer(group, name="flow")


def validate(files: FilesArgument) -> None:
    """Check flows: each mistake is a line with file, line and step. Exit code 1 if there is one; a warning is none."""
    try:
        flows = read_flows(files, known_actions())
    except OperationRefused as error:
        print(error)
        raise typer.Exit(1) from None
    for flow in flows:
        print(f"{flow.file}: {flow.name}, version {flow.version}, {len(flow.content.steps)} steps: valid")
        for one in word_warnings(flow):
            print(f"{flow.file}:{one.line}: {one.step}: warning: {one.message}")


def show(file: FileArgument) -> None:
    """Draw a flow as a Mermaid flowchart."""
    try:
        print(to_mermaid(read_flow(file)), end="")
    except FlowInvalid as error:
        raise StackError(str(error)) from None


def simulate(
    file: FileArgument,
    say: Annotated[list[str], typer.Option("--say", help="A message of the customer; may be repeated.")] = [],  # noqa: B006
    also: AlsoOption = [],  # noqa: B006
    at: Annotated[datetime | None, typer.Option(help="Start time in UTC; default: now.")] = None,
    region: Annotated[str, typer.Option(help="The workspace's region, for phone numbers and dates.")] = "",
    currency: Annotated[str, typer.Option(help="The workspace's currency.")] = "USD",
    timezone: Annotated[str, typer.Option(help="The workspace's time zone.")] = "UTC",
) -> None:
    """Talk to a flow: see what it would send, set and do. `/wait 2h` passes time."""
    flows = read_flows([file, *also])
    now = at.replace(tzinfo=UTC) if at is not None else SystemClock().now()
    session = FlowSession(flows, _workspace(region, currency, timezone), now)
    _talk(session, flows[0].name, say)


def run_tests(files: FilesArgument, also: AlsoOption = []) -> None:  # noqa: B006
    """Run the tests of flows, which are in NAME.test.yaml beside NAME.yaml. Exit code 1 if one fails."""
    failed = count = 0
    for file in files:
        (flow, *others) = read_flows([file, *also])
        tests = file.with_suffix(".test.yaml")
        if not tests.exists():
            raise StackError(f"{tests} does not exist")
        trials = read_trials(read_source(tests, MOST_BYTES), str(tests))
        for result in run_trials(trials, FlowBook([flow, *others]), flow.name, _workspace("", "USD", "UTC")):
            count += 1
            failed += not result.passed
            print(f"{file}: {result.name}: {'passed' if result.passed else 'failed'}")
            print(*(f"  {failure}" for failure in result.failures), sep="\n", end="\n" if result.failures else "")
    print(f"{count - failed} passed, {failed} failed")
    if failed:
        raise typer.Exit(1)


def _workspace(region: str, currency: str, timezone: str) -> Workspace:
    given = {"workspace": "simulated", "name": "Simulated", "region": region, "currency": currency}
    try:
        return Workspace.model_validate({**given, "timezone": timezone})
    except ValidationError as error:
        raise StackError("; ".join(f"{item['loc'][0]}: {item['msg']}" for item in error.errors())) from None


def _talk(session: FlowSession, name: str, say: Sequence[str]) -> None:
    for outcome in session.begin(name):
        print(*outcome_lines(outcome), sep="\n")
    for line in _lines(say):
        if line == "/quit":
            break
        if line == "/help":
            print(HELP)
            continue
        try:
            for outcome in session.receive(line) if line != "/vars" else ():
                print(*outcome_lines(outcome), sep="\n")
        except CommandInvalid as error:
            print(f"  · {error}")
        if line == "/vars" or say:
            print(f"  · {_variables(session)}")


def _lines(say: Sequence[str]) -> Iterator[str]:
    """Yield the customer's messages: as given by --say, or read line by line from the standard input."""
    interactive = not say and sys.stdin.isatty()
    while not say:
        if interactive:
            print(_PROMPT, end="", flush=True)
        line = sys.stdin.readline()
        if not line:
            return
        if not interactive:
            print(f"{_PROMPT}{line.rstrip()}")
        yield line.strip()
    for line in say:
        print(f"{_PROMPT}{line}")
        yield line


def _variables(session: FlowSession) -> str:
    if session.position is None:
        return f"{session.now:%Y-%m-%d %H:%M} UTC, the flow has ended"
    values = json.dumps(dict(session.variables), ensure_ascii=False)
    return f"{session.now:%Y-%m-%d %H:%M} UTC, step {session.position.step}, variables {values}"
