"""Runs the commands of docs/deploy.md as they are printed there."""

import re
import subprocess
from pathlib import Path

from devtools.deploy.check_result import CheckFailed
from devtools.deploy.toolbox import PROJECT

_GUIDE = PROJECT / "docs" / "deploy.md"
_LIMIT = 900.0


def block(marker: str) -> str:
    """Return the only block of commands that contains this text."""
    blocks: list[str] = re.findall(r"^```\n(.*?)^```$", _GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    found = [one for one in blocks if marker in one]
    if len(found) != 1:
        raise CheckFailed(f"{_GUIDE.name} has {len(found)} blocks of commands with {marker!r}")
    return found[0]


def run_block(marker: str, folder: Path, environment: dict[str, str]) -> str:
    """Run the block in a folder that contains `deploy/`; return its output. Raises CheckFailed at the first error."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block(marker)],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_LIMIT,
        check=False,
    )
    if done.returncode:
        raise CheckFailed(f"the commands with {marker!r}: {(done.stderr + done.stdout).strip()[-1500:]}")
    return done.stdout + done.stderr
