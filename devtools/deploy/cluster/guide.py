"""Runs the commands of docs/deploy.md as they are printed there."""

from collections.abc import Mapping
from pathlib import Path

from devtools import guides
from devtools.deploy.check_result import CheckFailed
from devtools.deploy.programs import run_checked

DEPLOY = guides.ROOT / "docs" / "deploy.md"
_LIMIT = 900.0


def block(marker: str) -> str:
    """Return the only block of commands that contains this text."""
    blocks, _ = guides.split(DEPLOY)
    found = [one.text for one in blocks if one.has_commands and marker in one.text]
    if len(found) != 1:
        raise CheckFailed(f"{DEPLOY.name} has {len(found)} blocks of commands with {marker!r}")
    return found[0]


def run_block(marker: str, folder: Path, environment: dict[str, str], names: Mapping[str, str] | None = None) -> str:
    """Run the block in a folder that contains `deploy/`; return its output. Raises CheckFailed at the first error.

    names: what to put for words of the guide.
    """
    text = block(marker)
    for word, name in (names or {}).items():
        text = text.replace(word, name)
    command = ["bash", "-euo", "pipefail", "-c", text]
    return run_checked(command, f"the commands with {marker!r}", timeout=_LIMIT, cwd=folder, env=environment)
