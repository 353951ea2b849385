"""Runs a module under cProfile, all its threads, and prints what came out.

    python -m devtools.bench.profiler FILE MODULE

Time is CPU time of the thread, so waiting costs nothing. The profiler itself makes small functions look dearer than
they are, and the service slower: figures of a profiled run are not for comparison.
"""

import contextlib
import cProfile
import importlib
import os
import pstats
import runpy
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import NoReturn

from devtools.bench.report import markdown

_PROJECT = str(Path(__file__).parents[2]) + "/"
_Row = tuple[float, float, int, str]


class _Profile(cProfile.Profile):
    """Takes its figures without stopping: `disable` would stop the calling thread's profile, not its own."""

    def __init__(self) -> None:
        super().__init__(time.thread_time)

    def create_stats(self) -> None:
        self.snapshot_stats()


def run(file: Path, module: str) -> None:
    """Run `module` as a program; write the profile when it ends."""
    profiles = [_Profile()]

    def begin(*_: object) -> None:
        profile = _Profile()
        profiles.append(profile)
        profile.enable()

    leave = os._exit

    def write_and_leave(status: int) -> NoReturn:
        _write(file, profiles)
        leave(status)

    sys.argv = [module]
    with contextlib.suppress(ModuleNotFoundError):
        importlib.import_module(f"{module}.main")  # what a start costs is another question
    os._exit = write_and_leave  # services leave so when a library does not let go of its threads
    threading.setprofile(begin)
    profiles[0].enable()
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        _write(file, profiles)


def _write(file: Path, profiles: list[_Profile]) -> None:
    threading.setprofile(None)
    profiles[0].disable()
    stats = pstats.Stats(profiles[0])
    for profile in profiles[1:]:
        profile.create_stats()
        if profile.stats:
            stats.add(profile)
    stats.dump_stats(file)


def table(file: Path, top: int = 30) -> str:
    """Markdown: own time by function and by package, and what our own functions took with all they called."""
    stats = pstats.Stats(str(file)).stats  # type: ignore[attr-defined]  # typeshed does not know it
    rows: list[_Row] = [
        (own, whole, calls, _name(*function)) for function, (_, calls, own, whole, _callers) in stats.items()
    ]
    total = sum(row[0] for row in rows) or 1.0
    packages: Counter[str] = Counter()
    for own, _, _, name in rows:
        packages[_package(name)] += own  # type: ignore[assignment]  # typeshed counts whole numbers only
    ours = [(whole, calls, name) for _, whole, calls, name in rows if name.startswith(("services/", "shared/"))]
    return "\n\n".join(
        (
            f"CPU in all: {total:.2f} s",
            markdown(
                ["own time of functions", "s", "%", "calls"],
                [[name, *_share(own, total), str(calls)] for own, _, calls, name in sorted(rows, reverse=True)[:top]],
            ),
            markdown(
                ["own time of packages", "s", "%"],
                [[name, *_share(own, total)] for name, own in packages.most_common(top)],
            ),
            markdown(
                ["our functions with all they call", "s", "%", "calls"],
                [[name, *_share(whole, total), str(calls)] for whole, calls, name in sorted(ours, reverse=True)[:top]],
            ),
        )
    )


def _share(seconds: float, total: float) -> tuple[str, str]:
    return f"{seconds:.2f}", f"{100 * seconds / total:.1f}"


def _name(file: str, line: int, function: str) -> str:
    if file == "~":
        return f"(C) {function}"
    short = file.partition("site-packages/")[2] or file.removeprefix(_PROJECT)
    if short.startswith("/"):
        short = "/".join(Path(short).parts[-2:])
    return f"{short}:{line} {function}"


def _package(name: str) -> str:
    """The first part of a path; two of our own."""
    if name.startswith("(C)"):
        return "(C)"
    parts = name.partition(":")[0].split("/")
    return "/".join(parts[: 2 if parts[0] in ("services", "shared") else 1]).removesuffix(".py")


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2])
