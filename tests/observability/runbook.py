"""Works through a runbook while its alert fires: runs queries and commands as they stand, and keeps what they show."""

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devtools.stack.redis import find_redis_server
from devtools.stack.supervisor import Stack
from tests.observability.conftest import ROOT
from tests.observability.kubectl import NEEDS_A_CLUSTER
from tests.observability.prometheus import PrometheusClient

_LIMIT = 60.0  # seconds for a command
_NOT_FOUND = 127
_ONLY_ON_A_NODE = ("chronyc",)
_LINES, _WIDTH = 30, 400  # of a command's output that are printed
# Words in capitals that a reader replaces by what an earlier command printed; labels of the alert come first.
_PRINTED = {
    "ID": r"\b([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b",
    "NAME": r"UTC\s+(?:paused|running)\s+\S+\s\s(\S+)",
    "WORKSPACE": r"UTC\s+(?:paused|running)\s+(\S+)\s\s|-w (\S+)\s\s|-[0-9a-f]{12}\s+(\S+)",
    "WEBHOOK": r"(?m)^(\S+) -w ",
    "CORRELATION_ID": r'"correlation_id":"(\w+)"',
    "SERVICE": r'\bservice="(\w+)"',
    "POD": r"(?m)^(\S+)\s+0/1",
    "MODEL": r'"model":"([^"]+)"|\bmodel="([^"]+)"',
}
_CAPITALS = re.compile(rf"\b({'|'.join(_PRINTED)}|REASON)\b")
_BLOCKS = re.compile(r"```(promql|sh)\n(.*?)```", re.DOTALL)


@dataclass
class Diagnosis:
    """The result of a runbook's commands. output: of all so far. problems: commands that do not run as they stand."""

    commands: int = 0
    output: str = ""
    problems: list[str] = field(default_factory=list)


class Desk:
    """A terminal with `parley`, `kubectl`, `redis-cli` and Prometheus beside a stack whose state directory is
    `.parley` in `folder`.
    """

    def __init__(self, stack: Stack, prometheus: PrometheusClient, folder: Path) -> None:
        self._prometheus = prometheus
        self._folder = folder
        self._labels: Mapping[str, str] = {}
        self._last = Diagnosis()
        programs = folder / "bin"
        programs.mkdir()
        state = folder / ".parley"
        pods = [*stack.info["pids"], "lag"]
        cluster = {"run": str(state / "run.json"), "pods": pods, "logs": {"lag": str(prometheus.lag.log)}}
        cluster["ports"] = {"lag": prometheus.lag.port}
        (folder / "cluster.json").write_text(json.dumps(cluster))
        kubectl = programs / "kubectl"
        script = ROOT / "tests/observability/kubectl.py"
        kubectl.write_text(f'#!/bin/sh\nexec {sys.executable} {script} {folder / "cluster.json"} "$@"\n')
        kubectl.chmod(kubectl.stat().st_mode | stat.S_IXUSR)
        path = [str(programs), str(Path(sys.executable).parent), str(find_redis_server().parent)]
        self._env = {**os.environ, "REDIS_URL": stack.env["REDIS_URL"], "COLUMNS": "400"}
        self._env["PATH"] = os.pathsep.join([*path, os.environ["PATH"]])
        self._addresses = {
            "https://YOUR-HOST": stack.info["ingress"],
            "https://console.example.com": stack.info["console"] or "",
        }

    def diagnose(self, alert: str, labels: Mapping[str, str]) -> Diagnosis:
        """Run everything that the alert's runbook has above its repair."""
        self._labels, self._last = labels, Diagnosis()
        page = (ROOT / f"docs/runbooks/{alert}.md").read_text().partition("\n## Repair")[0]
        for kind, block in _BLOCKS.findall(page):
            for line in filter(str.strip, block.splitlines()):
                if kind == "promql":
                    self._ask(line)
                else:
                    self._type(line)
        return self._last

    def repair(self, line: str) -> None:
        """Type a command of a repair. Raises AssertionError if it fails."""
        done = self._run(self._filled(line))
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"

    def _ask(self, query: str) -> None:
        self._last.commands += 1
        found = self._prometheus.query(query)
        rows = [
            "{" + ", ".join(f'{name}="{value}"' for name, value in one["metric"].items()) + f"}} {one['value'][1]}"
            for one in found
        ]
        self._note(query, "\n".join(rows))

    def _type(self, line: str) -> None:
        words = line.split()
        if words[0] in _ONLY_ON_A_NODE:
            return
        try:
            done = self._run(self._filled(line))
        except (AssertionError, subprocess.TimeoutExpired) as error:
            self._last.problems.append(f"{line}: {error}")
            return
        if done.returncode == NEEDS_A_CLUSTER or "this needs a cluster" in done.stderr:
            return
        self._last.commands += 1
        self._note(line, done.stdout + done.stderr)
        wrong = done.returncode in (2, _NOT_FOUND) or "command not found" in done.stderr
        mine = words[0] == "parley" and re.search(r"Traceback|say which|Usage:", done.stderr)
        if wrong or mine:
            self._last.problems.append(f"{line}: {done.returncode} {done.stderr[-300:]}")

    def _run(self, line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-o", "pipefail", "-c", line],
            cwd=self._folder,
            env=self._env,
            capture_output=True,
            text=True,
            timeout=_LIMIT,
            check=False,
        )

    def _filled(self, line: str) -> str:
        for name, address in self._addresses.items():
            line = line.replace(name, address)
        return _CAPITALS.sub(lambda found: self._value(found[1]), line)

    def _value(self, name: str) -> str:
        label = self._labels.get(name.lower())
        if name == "SERVICE" and not label:
            label = (self._labels.get("group") or self._labels.get("consumer", "")).partition(".")[0]
        if label:
            return label
        for found in re.finditer(_PRINTED.get(name, "$^"), self._last.output):
            value = next(filter(None, found.groups()), "")
            if value:
                return value
        raise AssertionError(f"no command before it prints {name}")

    def _note(self, line: str, output: str) -> None:
        shown = [one[:_WIDTH] for one in output.splitlines()]
        hidden = [f"… {len(shown) - _LINES} more"] if len(shown) > _LINES else []
        print(f"$ {line}", *shown[:_LINES], *hidden, sep="\n  ", flush=True)  # noqa: T201 - to be read after a run
        self._last.output += f"{output}\n"
