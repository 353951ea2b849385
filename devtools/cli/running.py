"""Finds the running local stack for commands that use it."""

import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from devtools.stack.environment import read_dotenv
from devtools.stack.errors import StackError
from devtools.stack.statedir import StateDir

DEFAULT_DIR = Path(".parley")
DirOption = Annotated[Path, typer.Option("--dir", help="State directory of the stack.")]


@dataclass(frozen=True, slots=True)
class Running:
    """A running stack. info: the output of `parley up --json`. env: the environment of its services, with secrets."""

    info: dict[str, Any]
    env: dict[str, str]
    supervisor: int

    def export(self) -> None:
        """Put the environment of the stack into this process, so that `shared.settings` finds it."""
        os.environ.update(self.env)


def running_stack(dir: Path = DEFAULT_DIR) -> Running:  # noqa: A002 - as the option is called
    """Return the stack of this state directory. Raises StackError if none runs there."""
    state = StateDir(dir)
    holder = state.holder()
    if holder is None:
        raise StackError(f"no stack is running in {state.path}; start one with `parley up`")
    try:
        info = json.loads(state.run.read_text())
    except FileNotFoundError:
        raise StackError(f"the stack in {state.path} is starting or stopping (pid {holder})") from None
    return Running(info=info, env=read_dotenv(Path(info["env"])), supervisor=holder)


def export_if_running(dir: Path = DEFAULT_DIR) -> None:  # noqa: A002 - as the option is called
    """Put the environment of the stack into this process if one runs; otherwise keep the environment as it is."""
    try:
        running = running_stack(dir)
    except StackError:
        return
    running.export()


def command(dir: Path = DEFAULT_DIR) -> Callable[[str], str]:  # noqa: A002 - as the option is called
    """Return a function that completes a command for this stack: `say("chat")` is `parley chat`, or longer."""
    program = Path(sys.argv[0]).absolute()
    name = "parley"
    if shutil.which(name) is None and program.name == name and program.is_relative_to(Path.cwd()):
        name = str(program.relative_to(Path.cwd()))
    where = "" if dir == DEFAULT_DIR else f" --dir {dir}"
    return lambda words: f"{name} {words}{where}"
