"""Prometheus, promtool and amtool: found on this machine, or taken from Debian's packages into ~/.cache/parley/tools.

    python -m devtools.observability.tools      fetches what is missing, and says what cannot be had and why

No root is needed: packages are downloaded and unpacked, not installed. What cannot be had fails nothing here; the
checks that need it are skipped with the reason.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from devtools.cache import cache_root

FOLDER = cache_root() / "tools"
PACKAGES = {
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "amtool": "prometheus-alertmanager",
    "alertmanager": "prometheus-alertmanager",
}
_NAMES = {"alertmanager": ("prometheus-alertmanager", "alertmanager")}  # Debian's name, and everybody else's
_LIMIT = 90.0  # seconds for one step


class CannotBeHad(Exception):
    """The message says why, on one line."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A tool that is not there, and why."""

    name: str
    why: str


def find(name: str) -> Path | Missing:
    """The tool on PATH, or the one that was fetched; fetches nothing."""
    for alias in _NAMES.get(name, (name,)):
        fetched = FOLDER / "usr/bin" / alias
        found = shutil.which(alias) or (str(fetched) if fetched.exists() else None)
        if found:
            return Path(found)
    reason = _reason_file(PACKAGES[name])
    why = reason.read_text() if reason.exists() else "not fetched yet: make verify-obs"
    return Missing(name, why)


def fetch(package: str) -> None:
    """Unpack a Debian package into FOLDER. Raises CannotBeHad."""
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            raise CannotBeHad(f"there is no {program}; install the package {package} or put its programs on PATH")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        archive = _download(package, Path(temporary))
        _run(["dpkg-deb", "-x", str(archive), str(FOLDER)], FOLDER)


def _download(package: str, folder: Path) -> Path:
    """With the machine's lists of packages, or with lists of our own where it has none."""
    try:
        _run(["apt-get", *_options(), "download", package], folder)
    except CannotBeHad:
        own = _own_lists(folder)
        _run(["apt-get", *own, "update"], folder)
        _run(["apt-get", *own, "download", package], folder)
    return next(folder.glob("*.deb"))


def _options() -> list[str]:
    return ["-q", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=15", "-o", f"APT::Sandbox::User={_user()}"]


def _user() -> str:
    """Who downloads: root itself, for apt's own user may not write into our folder."""
    return "root" if os.geteuid() == 0 else ""


def _own_lists(folder: Path) -> list[str]:
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    own = {"Dir::State::lists": folder / "lists", "Dir::Cache": folder / "cache"}
    return [*_options(), *(part for name, path in own.items() for part in ("-o", f"{name}={path}"))]


def _run(command: Sequence[str], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_LIMIT, check=False)
    except subprocess.TimeoutExpired:
        raise CannotBeHad(f"{command[0]} was not done within {_LIMIT:g} s") from None
    if done.returncode:
        said = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise CannotBeHad(f"{command[0]}: {said[-1] if said else f'exit code {done.returncode}'}")


def _reason_file(package: str) -> Path:
    return FOLDER / f"{package}.missing"


def ensure() -> list[Missing]:
    """Fetch what is missing; what could not be had."""
    for package in sorted({PACKAGES[name] for name in PACKAGES if isinstance(find(name), Missing)}):
        reason = _reason_file(package)
        reason.unlink(missing_ok=True)
        try:
            fetch(package)
        except (CannotBeHad, OSError) as error:
            FOLDER.mkdir(parents=True, exist_ok=True)
            reason.write_text(str(error))
    return [found for name in PACKAGES if isinstance(found := find(name), Missing)]


def main() -> int:
    """Always 0: what cannot be had is told, and the checks that need it say once more that they were skipped."""
    for missing in ensure():
        sys.stdout.write(f"MISSING {missing.name}: {missing.why}. The checks that need it will be SKIPPED.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
