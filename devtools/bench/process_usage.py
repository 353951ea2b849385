"""CPU time and memory of processes, from /proc (Linux)."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_MB = 1024 * 1024
_PAGE = os.sysconf("SC_PAGE_SIZE")

Pids = Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class ProcessUsage:
    """Usage of all processes of one name. cpu: seconds since their start, user and system. rss: MB."""

    cpu: float
    rss: float


def usage(pids: Pids) -> dict[str, ProcessUsage]:
    """Return the current usage by name (as in `Stack.info["pids"]`)."""
    return {
        name: ProcessUsage(sum(_cpu_seconds(pid) for pid in numbers), sum(_rss_mb(pid) for pid in numbers))
        for name, numbers in pids.items()
    }


def cpu_between(before: Mapping[str, ProcessUsage], after: Mapping[str, ProcessUsage]) -> dict[str, float]:
    """Return the CPU seconds between two samples by name."""
    return {name: after[name].cpu - before[name].cpu for name in after if name in before}


def peak_mb(pid: int) -> float:
    """Return the maximum resident memory of a process so far, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / _MB


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS  # utime, stime: fields 14 and 15 of proc(5)


def _rss_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE / _MB
