"""Run a module with all its threads under cProfile, and make tables of the profile.

    python -m devtools.bench.profiler FILE MODULE

Time is CPU time of the thread, so waiting does not count. Profiling slows the service down, small functions most: do
not compare figures of profiled runs.
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
    """Takes its figures without `disable`, which would stop the calling thread's profile instead of this one."""

    def __init__(self) -> None:
        super().__init__(time.thread_time)

    def create_stats(self) -> None:
        self.snapshot_stats()


def run(file: Path, module: str) -> None:
    """Run `module` as a program and write the profile when it ends."""
    profiles = [_Profile()]

    def begin(*_: object) -> None:
        profile = _Profile()
        profiles.append(profile)
        profile.enable()

    exit_process = os._exit

    def write_and_exit(status: int) -> NoReturn:
        _write(file, profiles)
        exit_process(status)

    sys.argv = [module]
    with contextlib.suppress(ModuleNotFoundError):
        importlib.import_module(f"{module}.main")  # imports are not profiled
    os._exit = write_and_exit  # services exit like this when a library's threads do not end
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
    """Return Markdown tables: own time by function and by package, and cumulative time of our functions."""
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
            f"Total CPU: {total:.2f} s",
            markdown(
                ["own time of functions", "s", "%", "calls"],
                [[name, *_share(own, total), str(calls)] for own, _, calls, name in sorted(rows, reverse=True)[:top]],
            ),
            markdown(
                ["own time of packages", "s", "%"],
                [[name, *_share(own, total)] for name, own in packages.most_common(top)],
            ),
            markdown(
                ["cumulative time of our functions", "s", "%", "calls"],
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
    """Return the first part of a path, for our own code the first two."""
    if name.startswith("(C)"):
        return "(C)"
    parts = name.partition(":")[0].split("/")
    return "/".join(parts[: 2 if parts[0] in ("services", "shared") else 1]).removesuffix(".py")


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2])
