"""Runs a module under cProfile, all its threads, and prints what came out.

    python -m devtools.bench.profiled FILE MODULE

Time is CPU time of the thread, so waiting costs nothing. The profiler itself makes small functions look dearer than
they are, and the service slower: figures of a profiled run are not for comparison.
"""

import cProfile
import gc
import pstats
import runpy
import sys
import threading
import time
from pathlib import Path

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

    sys.argv = [module]
    threading.setprofile(begin)
    profiles[0].enable()
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        profiles[0].disable()
        threading.setprofile(None)
        _write(file, profiles)


def _write(file: Path, profiles: list[_Profile]) -> None:
    gc.collect()
    stats = pstats.Stats(profiles[0])
    for profile in profiles[1:]:
        stats.add(profile)
    stats.dump_stats(file)


def table(file: Path, top: int = 40) -> str:
    """The functions with the most own time, as Markdown."""
    stats = pstats.Stats(str(file)).stats  # type: ignore[attr-defined]  # typeshed does not know it
    rows: list[_Row] = [
        (own, whole, calls, _name(*function)) for function, (_, calls, own, whole, _callers) in stats.items()
    ]
    total = sum(row[0] for row in rows) or 1.0
    rows.sort(reverse=True)
    lines = [f"CPU in all: {total:.2f} s", "", "| own s | own % | with callees s | calls | function |"]
    lines.append("|---:|---:|---:|---:|---|")
    lines += [f"| {o:.2f} | {100 * o / total:.1f} | {w:.2f} | {c} | `{name}` |" for o, w, c, name in rows[:top]]
    return "\n".join(lines)


def _name(file: str, line: int, function: str) -> str:
    if file == "~":
        return function
    short = file.partition("site-packages/")[2] or file.removeprefix(_PROJECT)
    if short.startswith("/"):
        short = "/".join(Path(short).parts[-2:])
    return f"{short}:{line} {function}"


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2])
