"""Install the tools for verification, each in its own virtual environment from its lock file in `tools/`.

Their dependencies conflict with each other and with Parley's. If a tool cannot be installed (no registry, no wheel for
this machine), the checks that need it are skipped and reported.
"""

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from devtools.cache import CacheLockTimeout, cache_root, file_lock
from devtools.deploy.check_result import ToolUnavailable
from devtools.deploy.programs import run

PROJECT = Path(__file__).parents[2]
LOCKS = Path(__file__).parent / "tools"
_LIMIT = 300  # seconds for one installation


class Toolbox:
    """Virtual environments below `home`, kept between runs and shared by all checkouts."""

    def __init__(self, home: Path | None = None) -> None:
        self._home = home or cache_root() / "deploy-tools"
        self._missing: dict[str, str] = {}

    def path(self, tool: str, program: str) -> Path:
        """Return the path of a program of a tool. Raises ToolUnavailable."""
        return self.environment(tool, LOCKS / f"{tool}.txt") / "bin" / program

    def environment(self, name: str, lock: Path, base: Path | None = None) -> Path:
        """Return an environment with exactly the packages of `lock`; base: one whose packages it shares, to save time.

        Raises ToolUnavailable; a failed installation is not tried again.
        """
        if name in self._missing:
            raise ToolUnavailable(self._missing[name])
        digest = hashlib.sha256(f"{lock.read_text()}{sys.version}{sys.base_prefix}{base}".encode()).hexdigest()
        folder = self._home / f"{name}-{digest[:16]}"
        stamp = folder / ".installed"
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            with file_lock(self._home / f"{name}.lock"):
                if not stamp.is_file():
                    _install(folder, lock, base)
                    stamp.touch()
        except (ToolUnavailable, CacheLockTimeout, OSError) as error:
            self._missing[name] = str(error)
            raise ToolUnavailable(str(error)) from None
        return folder


def _install(folder: Path, lock: Path, base: Path | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=False, symlinks=True)
    if base is not None:
        packages = next((folder / "lib").glob("python*/site-packages"))
        (packages / "base.pth").write_text(str(next((base / "lib").glob("python*/site-packages")).absolute()))
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "--disable-pip-version-check"]
    options = ["--quiet", "--no-input", "--require-hashes", "--only-binary", ":all:"]
    try:
        done = run([*pip, "install", *options, "-r", str(lock)], timeout=_LIMIT)
    except subprocess.TimeoutExpired:
        raise ToolUnavailable(f"{lock.stem} was not installed within {_LIMIT} s") from None
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["pip printed no error"]
        raise ToolUnavailable(f"{lock.stem} cannot be installed: {lines[-1][:200]}")
