"""Fetches a Docker engine from Debian's packages and unpacks it into the cache; nothing is installed."""

import os
import platform
import shutil
from collections.abc import Sequence
from pathlib import Path

from devtools.deploy.check_result import ToolUnavailable
from devtools.deploy.programs import run

PACKAGES = ("docker.io", "iptables", "mmdebstrap")
_LIMIT = 300  # seconds for one step


def unpacked_engine(home: Path) -> Path:
    """Return the folder with the engine's `usr`; fetch it once. Raises ToolUnavailable."""
    if platform.system() != "Linux" or os.geteuid() != 0:
        raise ToolUnavailable("a Docker engine needs Linux and root")
    root = home / "packages"
    if not (root / ".unpacked").is_file():
        unpack(root, PACKAGES)
        for name in ("iptables", "ip6tables"):  # made by the package's script, which does not run
            (root / "usr/sbin" / name).symlink_to("xtables-nft-multi")
        (root / ".unpacked").touch()
    return root


def unpack(root: Path, packages: Sequence[str]) -> None:
    """Fetch Debian packages with what they need, and unpack them below `root`. Raises ToolUnavailable."""
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            raise ToolUnavailable(f"{program} is missing: {packages[0]} comes from Debian's packages")
    shutil.rmtree(root, ignore_errors=True)
    archives = root.with_name(f"{root.name}-archives")
    (archives / "partial").mkdir(parents=True, exist_ok=True)
    _download(archives, packages)
    for archive in sorted(archives.glob("*.deb")):
        _run(["dpkg-deb", "-x", str(archive), str(root)])
    shutil.rmtree(archives)


def _download(archives: Path, packages: Sequence[str]) -> None:
    """Download the packages and what they need that the machine lacks."""
    options = ["-y", "-q", "-o", f"Dir::Cache::archives={archives}", "-o", "APT::Sandbox::User=root"]
    download = ["apt-get", *options, "install", "--no-install-recommends", "--download-only", *packages]
    try:
        _run(download)
    except ToolUnavailable:
        _run(["apt-get", "-q", "-o", "APT::Sandbox::User=root", "update"])
        _run(download)


def environment(root: Path) -> dict[str, str]:
    """Return the environment in which the unpacked programs find each other and their libraries."""
    libraries = root / "usr/lib" / f"{platform.machine()}-linux-gnu"
    return {
        **os.environ,
        "PATH": f"{root / 'usr/sbin'}:{root / 'usr/bin'}:/usr/sbin:/usr/bin:/sbin:/bin",
        "LD_LIBRARY_PATH": str(libraries),
        "XTABLES_LIBDIR": str(libraries / "xtables"),
    }


def _run(command: list[str]) -> None:
    done = run(command, timeout=_LIMIT, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or [f"exit code {done.returncode}"]
        raise ToolUnavailable(f"{command[0]}: {lines[-1][:200]}")
