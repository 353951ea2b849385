"""Runs each `kubectl` line of the runbooks' blocks as it stands; SERVICE is the router, POD a pod of it."""

import subprocess
from collections.abc import Iterator

from devtools import guides
from devtools.deploy.check_result import CheckFailed
from devtools.deploy.cluster_pods.cluster import Cluster
from devtools.deploy.toolbox import PROJECT

_LIMIT = 120
_BACKUPS = "app.kubernetes.io/name=backup"
# Commands whose answer is not to be had here, and why.
NOT_RUN = {
    "top pods": "needs metrics-server",
    "graph.facebook.com": "needs the Internet",
    "--previous": "needs a container that was restarted",
}
_PAGES = (*sorted((guides.ROOT / "docs" / "runbooks").glob("*.md")), guides.ROOT / "docs" / "operations.md")


def commands() -> Iterator[tuple[str, str]]:
    """Yield page and command of each line of the blocks."""
    for page in _PAGES:
        for command in guides.commands(page):
            if command.text.startswith("kubectl ") and not command.in_sentence:
                yield page.stem, command.text


def run_all(cluster: Cluster) -> str:
    """Run them; first those that make something. Raises CheckFailed with each that kubectl refuses."""
    lines = sorted(dict.fromkeys(commands()), key=lambda one: " create " not in one[1])
    pod = cluster.pods("router")[0]["metadata"]["name"]
    wrong, run = [], 0
    for page, line in lines:
        if any(part in line for part in NOT_RUN):
            continue
        run += 1
        if error := _run(cluster, line.replace("POD", pod).replace("SERVICE", "router")):
            wrong.append(f"{page}: {line}: {error}")
        if " create job " in line:
            wait = ("wait", "--for=condition=complete", "job", "-l", _BACKUPS, f"--timeout={_LIMIT}s")
            cluster.plane.kubectl("-n", "parley", *wait)
    if wrong:
        raise CheckFailed("commands of the runbooks:\n" + "\n".join(wrong))
    return f"{run} kubectl commands of the runbooks were run as they stand, {len(lines) - run} need what is not here"


def _run(cluster: Cluster, line: str) -> str:
    """Return what kubectl says beside its answer, such as that it took one pod of several. An empty answer is fine."""
    try:
        done = subprocess.run(
            ["bash", "-c", line],
            env=cluster.plane.environment,
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=_LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no end within {_LIMIT} s"
    return done.stderr.strip()[-300:]
