"""Describe the machine of a benchmark, without anything that identifies it."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from devtools.stack.kafka_jars import VERSION
from devtools.stack.services import PROJECT


def load_average() -> list[float]:
    """Return the load averages of the last 1, 5 and 15 minutes; call it before the benchmark starts anything."""
    return [round(value, 2) for value in os.getloadavg()]


def describe(info: dict[str, Any], load_before: list[float]) -> dict[str, Any]:
    """Return facts for comparing results. info: of the running stack."""
    return {
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "load_before": load_before,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "kafka": f"{info['kafka_kind']} {VERSION if info['kafka_kind'] == 'apache' else ''}".strip(),
        "aiokafka": version("aiokafka"),
        "faust": version("faust-streaming"),
        "mongodb": _mongodb_version(info["mongodb"]),
        "commit": commit(),
    }


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _mongodb_version(uri: str) -> str:
    with MongoClient[dict[str, Any]](uri, serverSelectionTimeoutMS=2000) as client:
        return str(client.server_info()["version"])


def commit() -> str:
    """Return the commit, shortened, followed by `+` if services or shared differ from it; `unknown` without git."""
    try:
        found = _git("rev-parse", "--short=12", "HEAD")
        changed = _git("status", "--porcelain", "--", "services", "shared")
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return f"{found}+" if changed else found


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=PROJECT, capture_output=True, text=True, timeout=10, check=True)
    return done.stdout.strip()
