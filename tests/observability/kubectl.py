"""Stands in for kubectl, so that a runbook's commands run as they stand beside a local stack.

`logs`, `exec`, `get pods` and `describe pod` answer for the stack's processes; anything else ends with NEEDS_A_CLUSTER.
A file in JSON describes the stack: `run` (its run.json), `pods` (their names), `logs` and `ports` (of processes
outside it).
"""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

NEEDS_A_CLUSTER = 69
_OPS = "127.0.0.1:9100"
_SHORT = 10  # lines that `kubectl logs` shows of a label's pods


def main(cluster: dict[str, Any], words: list[str]) -> int:
    """Run a command; return its exit code."""
    running = json.loads(Path(cluster["run"]).read_text())
    match _without_namespace(words):
        case ["logs", *rest]:
            return _logs(cluster, running, rest)
        case ["exec", target, "--", *command] if target.removeprefix("deploy/") in running["ops"]:
            return _exec(running, target.removeprefix("deploy/"), command)
        case ["get", "pods", *rest] if set(rest) <= {"-o", "wide"}:
            print(f"{'NAME':<16}READY  STATUS")
            for name in cluster["pods"]:
                print(f"{name + '-0':<16}{_state(cluster, running, name)}")
            return 0
        case ["describe", "pod", *rest]:
            name = _name_of(rest[-1])
            print(f"Name: {name}-0\nStatus: {_state(cluster, running, name)}")
            print(f"Process: {running['pids'].get(name, 'none')}")
            return 0
    return _needs_a_cluster()


def _needs_a_cluster() -> int:
    print("this needs a cluster", file=sys.stderr)
    return NEEDS_A_CLUSTER


def _without_namespace(words: list[str]) -> list[str]:
    if "-n" in words:
        at = words.index("-n")
        return words[:at] + words[at + 2 :]
    return words


def _name_of(target: str) -> str:
    """Return the service of `deploy/router`, `app.kubernetes.io/name=router` or `router-0`."""
    return target.rpartition("/")[2].rpartition("=")[2].removesuffix("-0")


def _logs(cluster: dict[str, Any], running: dict[str, Any], words: list[str]) -> int:
    """Print the end of a log; the log of a process holds its earlier runs too (`--previous`)."""
    lines = next((int(word.removeprefix("--tail=")) for word in words if word.startswith("--tail=")), 0)
    (target,) = [word for word in words if not word.startswith("-")]
    name = _name_of(target)
    folder = Path(running["logs"])
    places = [Path(cluster["logs"].get(name, "")), folder / f"{name}-0.log", folder / f"{name}.log"]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        return _needs_a_cluster()
    shown = lines or (_SHORT if "-l" in words else 0)
    print("\n".join(found.read_text(errors="replace").splitlines()[-shown:]))
    return 0


def _exec(running: dict[str, Any], name: str, command: list[str]) -> int:
    """Run a command with the environment of a process, whose operations port is not that of a pod."""
    pids = running["pids"].get(name)
    if not pids:
        print(f"error: no running pod of {name}", file=sys.stderr)
        return 1
    text = Path(f"/proc/{pids[0]}/environ").read_bytes().decode()
    env = dict(entry.split("=", 1) for entry in text.split("\0") if "=" in entry)
    own = urlsplit(running["ops"][name][0]).netloc
    words = [sys.executable if word == "python" else word.replace(_OPS, own) for word in command]
    return subprocess.run(words, env=os.environ | env, check=False).returncode


def _state(cluster: dict[str, Any], running: dict[str, Any], name: str) -> str:
    if port := cluster["ports"].get(name):
        with socket.socket() as trial:
            return "0/1    Error" if trial.connect_ex(("127.0.0.1", port)) else "1/1    Running"
    pids = running["pids"].get(name)
    if not pids:
        return "0/1    Error"
    try:
        stopped = Path(f"/proc/{pids[0]}/stat").read_text().rpartition(")")[2].split()[0] in "TtZ"
    except OSError:
        return "0/1    Error"
    return "0/1    Running" if stopped else "1/1    Running"


if __name__ == "__main__":
    sys.exit(main(json.loads(Path(sys.argv[1]).read_text()), sys.argv[2:]))
