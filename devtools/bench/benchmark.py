"""Common options of benchmarks, and the start of a run: a stack and an empty result."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import ClassVar

from devtools.bench import machine
from devtools.bench.errors import BenchFailed
from devtools.bench.results import BenchResult
from devtools.bench.stack import DEFAULT_OUT, BenchStack, bench_stack
from shared.clock import SystemClock
from shared.workspace.config import WorkspaceFile


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkOptions:
    """A benchmark as its results and figures describe it. kind: name of the benchmark. about: what it measures, against
    what, and the goal. shown: options that its figures depend on, in the order of `command`.

    runs: cells are medians of this many runs. profile: service to run under the profiler; empty: none. out: directory
    of the stack and of a profile.
    """

    kind: ClassVar[str]
    about: ClassVar[str]
    shown: ClassVar[tuple[str, ...]]

    runs: int = 3
    seed: int = 1
    profile: str = ""
    out: Path = DEFAULT_OUT

    @property
    def command(self) -> str:
        """The command that repeats the benchmark. Tuples and None are left out if they are the default."""
        defaults = {field.name: field.default for field in fields(self)}
        words = [f"parley bench {self.kind}"]
        for name in self.shown:
            value = getattr(self, name)
            if value != defaults[name] or not (value is None or isinstance(value, tuple)):
                words.append(f"--{name.replace('_', '-')} {_format(value)}")
        return " ".join(words)


def _format(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def check_only(wanted: Sequence[str], known: Sequence[str]) -> None:
    """Raise BenchFailed for an unknown scenario."""
    if unknown := set(wanted) - set(known):
        raise BenchFailed(f"unknown scenario {', '.join(sorted(unknown))}; known are {', '.join(known)}")


@contextlib.contextmanager
def benchmark_run(
    options: BenchmarkOptions,
    services: Mapping[str, int],
    workspaces: Sequence[WorkspaceFile],
    *,
    simulators: bool,
    env: Mapping[str, str] | None = None,
) -> Iterator[tuple[BenchStack, BenchResult]]:
    """Start a stack and a result for its figures. env: settings of the services."""
    load_before = machine.load_average()
    result = BenchResult(
        kind=options.kind,
        about=options.about,
        at=f"{SystemClock().now():%Y-%m-%dT%H:%M:%SZ}",
        command=options.command,
        seed=options.seed,
        machine={},
        figures=[],
        profiled=options.profile,
    )
    with bench_stack(
        services, workspaces=workspaces, simulators=simulators, profile=options.profile, out=options.out, env=env
    ) as bench:
        result.machine = machine.describe(bench.info, load_before)
        yield bench, result
