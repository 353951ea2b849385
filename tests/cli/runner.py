"""Runs `parley` for tests: in this process, which takes milliseconds, or as a separate process."""

import asyncio
import gc
import io
import json
import logging
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from devtools.cli.main import main

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "devtools/demo/acme.yaml"
PARLEY = [sys.executable, "-m", "devtools.cli.main"]
DEMO_TOKENS = {"ACME_META_TOKEN": "demo-token", "ACME_TWILIO_TOKEN": "demo-twilio"}
_LIMIT = 60.0  # seconds for one process, and for a command in this process to end before the next one
_RUNNING = threading.Lock()  # streams, environment and directory belong to the whole process


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The exit code and output of a command."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)

    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


def parley(*arguments: str, stdin: str = "", env: dict[str, str] | None = None, folder: Path = ROOT) -> CommandResult:
    """Run a command in this process, with its own arguments, streams, environment, directory and event loop; no
    terminal.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _run(arguments, stdin, env or {}, folder)
    with ThreadPoolExecutor(1) as thread:  # this thread runs the event loop of an asynchronous test
        return thread.submit(_run, arguments, stdin, env or {}, folder).result()


def parley_process(*arguments: str, stdin: str = "", env: dict[str, str] | None = None) -> CommandResult:
    """Run a command as a separate process, without a terminal."""
    done = subprocess.run(
        [*PARLEY, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=_LIMIT,
        cwd=ROOT,
        env=os.environ | DEMO_TOKENS | (env or {}),
        check=False,
    )
    return CommandResult(done.returncode, done.stdout, done.stderr)


def _run(arguments: tuple[str, ...], stdin: str, env: dict[str, str], folder: Path) -> CommandResult:
    out, err = _stream(), _stream()
    code = 0
    assert _RUNNING.acquire(timeout=_LIMIT), "an earlier command still runs: start it with parley_process()"
    try:
        environment = DEMO_TOKENS | env
        with _process_environment(["parley", *arguments], _stream(stdin), out, err, environment, folder), _no_leaks():
            try:
                main()
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        _RUNNING.release()
    return CommandResult(code, _text(out), _text(err))


@contextmanager
def _process_environment(
    arguments: list[str],
    stdin: io.TextIOWrapper,
    out: io.TextIOWrapper,
    err: io.TextIOWrapper,
    env: dict[str, str],
    folder: Path,
) -> Iterator[None]:
    """Replace arguments, streams, environment and directory as a new process would, and restore them afterwards."""
    argv, streams, directory = sys.argv, (sys.stdin, sys.stdout, sys.stderr), Path.cwd()
    environment, log, level = dict(os.environ), structlog.get_config(), logging.getLogger("aiokafka").level
    sys.argv, sys.stdin, sys.stdout, sys.stderr = arguments, stdin, out, err
    structlog.configure(cache_logger_on_first_use=False)  # a cached logger would keep this command's streams
    os.environ.update(env)
    os.chdir(folder)
    try:
        yield
    finally:
        sys.argv, (sys.stdin, sys.stdout, sys.stderr) = argv, streams
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(directory)
        structlog.configure(**log)
        logging.getLogger("aiokafka").setLevel(level)


@contextmanager
def _no_leaks() -> Iterator[None]:
    """Close what drivers leave open when a command ends at once, as the end of a process would."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()


def _stream(text: str = "") -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8", newline="\n")


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()
