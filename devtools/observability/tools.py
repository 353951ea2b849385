"""Find Prometheus, promtool and amtool, or fetch them from Debian's packages into ~/.cache/parley/tools.

    python -m devtools.observability.tools      fetches missing tools, and reports those that cannot be fetched

Root is not needed: packages are downloaded and unpacked, not installed. A tool that cannot be fetched is no error; the
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

from devtools.cache import CacheLockTimeout, cache_root, file_lock

FOLDER = cache_root() / "tools"
PACKAGES = {
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "amtool": "prometheus-alertmanager",
    "alertmanager": "prometheus-alertmanager",
}
_NAMES = {"alertmanager": ("prometheus-alertmanager", "alertmanager")}  # Debian's name, and the upstream name
_LIMIT = 90.0  # seconds for one step


class FetchFailed(Exception):
    """Raised when a tool cannot be fetched. The message is the reason, on one line."""


@dataclass(frozen=True, slots=True)
class MissingTool:
    """A tool that is not available."""

    name: str
    reason: str


def find(name: str) -> Path | MissingTool:
    """Return the tool from PATH or from FOLDER, without fetching it."""
    for alias in _NAMES.get(name, (name,)):
        fetched = FOLDER / "usr/bin" / alias
        found = shutil.which(alias) or (str(fetched) if fetched.exists() else None)
        if found:
            return Path(found)
    file = _reason_file(PACKAGES[name])
    reason = file.read_text() if file.exists() else "not fetched yet: make verify-obs"
    return MissingTool(name, reason)


def fetch(package: str) -> None:
    """Unpack a Debian package into FOLDER. Raises FetchFailed."""
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            raise FetchFailed(f"{program} is missing; install the package {package} or put its programs on PATH")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        archive = _download(package, Path(temporary))
        _run(["dpkg-deb", "-x", str(archive), str(FOLDER)], FOLDER)


def _download(package: str, folder: Path) -> Path:
    """Download with the machine's package lists, or with temporary ones if it has none."""
    try:
        _run(["apt-get", *_options(), "download", package], folder)
    except FetchFailed:
        options = _temporary_lists(folder)
        _run(["apt-get", *options, "update"], folder)
        _run(["apt-get", *options, "download", package], folder)
    return next(folder.glob("*.deb"))


def _options() -> list[str]:
    return ["-q", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=15", "-o", f"APT::Sandbox::User={_user()}"]


def _user() -> str:
    """Return the user that downloads: root if we are root, because apt's user cannot write to the folder."""
    return "root" if os.geteuid() == 0 else ""


def _temporary_lists(folder: Path) -> list[str]:
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    paths = {"Dir::State::lists": folder / "lists", "Dir::Cache": folder / "cache"}
    return [*_options(), *(part for name, path in paths.items() for part in ("-o", f"{name}={path}"))]


def _run(command: Sequence[str], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_LIMIT, check=False)
    except subprocess.TimeoutExpired:
        raise FetchFailed(f"{command[0]} timed out after {_LIMIT:g} s") from None
    if done.returncode:
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise FetchFailed(f"{command[0]}: {lines[-1] if lines else f'exit code {done.returncode}'}")


def _reason_file(package: str) -> Path:
    return FOLDER / f"{package}.missing"


def fetch_missing() -> list[MissingTool]:
    """Fetch missing tools; return those that could not be fetched."""
    try:
        FOLDER.mkdir(parents=True, exist_ok=True)
        with file_lock(FOLDER / "lock"):  # another checkout may be unpacking into FOLDER
            for package in sorted({PACKAGES[tool.name] for tool in _missing()}):
                _fetch_or_note_reason(package)
    except (CacheLockTimeout, OSError) as error:
        return [MissingTool(tool.name, str(error)) for tool in _missing()]
    return _missing()


def _missing() -> list[MissingTool]:
    return [found for name in PACKAGES if isinstance(found := find(name), MissingTool)]


def _fetch_or_note_reason(package: str) -> None:
    file = _reason_file(package)
    file.unlink(missing_ok=True)
    try:
        fetch(package)
    except (FetchFailed, OSError) as error:
        file.write_text(str(error))


def main() -> int:
    """Fetch missing tools and report those that cannot be fetched. Return 0: the checks that need them are skipped."""
    for missing in fetch_missing():
        sys.stdout.write(f"MISSING {missing.name}: {missing.reason}. The checks that need it will be SKIPPED.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
