"""The tools that verify: each in a virtual environment of its own, as its lock file in `tools/` says.

They are kept apart from each other and from Parley's own packages, which they would not agree with. Where one cannot be
had (no registry, no wheel for this machine), the checks that need it are skipped, and say so.
"""

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from devtools.cache import CacheBusy, cache_root, one_at_a_time
from devtools.deploy.check_result import Unavailable
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
        """A program of a tool's environment. Raises Unavailable."""
        return self.environment(tool, LOCKS / f"{tool}.txt") / "bin" / program

    def environment(self, name: str, lock: Path, on: Path | None = None) -> Path:
        """An environment with exactly what `lock` says; on: another one, whose packages it takes over, to save time.

        Raises Unavailable, once and for all.
        """
        if name in self._missing:
            raise Unavailable(self._missing[name])
        wanted = hashlib.sha256(f"{lock.read_text()}{sys.version}{sys.base_prefix}{on}".encode()).hexdigest()
        folder = self._home / f"{name}-{wanted[:16]}"
        stamp = folder / ".installed"
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            with one_at_a_time(self._home / f"{name}.lock"):
                if not stamp.is_file():
                    _install(folder, lock, on)
                    stamp.touch()
        except (Unavailable, CacheBusy, OSError) as error:
            self._missing[name] = str(error)
            raise Unavailable(str(error)) from None
        return folder


def _install(folder: Path, lock: Path, on: Path | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=False, symlinks=True)
    if on is not None:
        packages = next((folder / "lib").glob("python*/site-packages"))
        (packages / "on.pth").write_text(str(next((on / "lib").glob("python*/site-packages")).absolute()))
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "--disable-pip-version-check"]
    options = ["--quiet", "--no-input", "--require-hashes", "--only-binary", ":all:"]
    try:
        done = run([*pip, "install", *options, "-r", str(lock)], timeout=_LIMIT)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{lock.stem} was not installed within {_LIMIT} s") from None
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["pip said nothing"]
        raise Unavailable(f"{lock.stem} cannot be installed: {said[-1][:200]}")
