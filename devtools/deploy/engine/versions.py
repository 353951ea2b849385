"""Builds the image of this checkout, and that of the version before."""

import shutil
import subprocess
import tarfile
from pathlib import Path

from devtools.deploy.check_result import ToolUnavailable
from devtools.deploy.engine.engine import Engine
from devtools.deploy.engine.stand_ins import BASE
from devtools.deploy.programs import run
from devtools.deploy.toolbox import PROJECT

NOW = "verify"
BEFORE = "verify-before"
_LIMIT = 1200.0
_KEPT_STAGES = ("packages", "tools-packages", "pages")  # named, so that they outlive the removal of old images


def build(engine: Engine, version: str, source: Path = PROJECT) -> None:
    """Build both images from a folder. Raises CheckFailed with the builder's output."""
    targets = {"tools": f"parley-tools:{version}", "runtime": f"parley:{version}"}
    stages = (source / "Dockerfile").read_text()
    kept = {stage: f"parley-check-{stage}:{version}" for stage in _KEPT_STAGES if f" AS {stage}\n" in stages}
    for target, tag in (kept | targets).items():
        options = ["--network", "host", "--quiet", "--build-arg", f"PYTHON_IMAGE={BASE}"]
        engine.docker("build", *options, "--target", target, "--tag", tag, str(source), timeout=_LIMIT)


def megabytes(engine: Engine, version: str) -> int:
    """Return the size of the image above its base."""
    image, base = (
        int(engine.docker("image", "inspect", "-f", "{{.Size}}", one)) for one in (f"parley:{version}", BASE)
    )
    return (image - base) // 1_000_000


def copy_with_umask_077(target: Path) -> Path:
    """Return a copy of the files of this checkout that only their owner may read."""
    names = _git("ls-files", "--cached", "--others", "--exclude-standard").splitlines()
    for name in names:
        if (source := PROJECT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copyfile(source, target / name)
            (target / name).chmod(0o700 if source.stat().st_mode & 0o100 else 0o600)
    for folder in target.rglob("*"):
        if folder.is_dir():
            folder.chmod(0o700)
    return target


def check_out_before(target: Path) -> str:
    """Put the version before into a folder: the last release, or else the commit of a day before. Return its name.

    Raises ToolUnavailable, as in a checkout without history.
    """
    try:
        name = _git("describe", "--tags", "--abbrev=0", "HEAD^")
    except ToolUnavailable:
        day_before = int(_git("log", "-1", "--format=%ct")) - 86_400
        name = _git("rev-list", "-1", f"--before={day_before}", "HEAD")[:12]
    if not name:
        raise ToolUnavailable("the history has no version of a day before")
    archive = target.with_suffix(".tar")
    _git("archive", f"--output={archive}", name)
    with tarfile.open(archive) as content:
        content.extractall(target, filter="data")
    return name


def _git(*arguments: str) -> str:
    try:
        done = run(["git", "-C", str(PROJECT), *arguments], timeout=60)
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        raise ToolUnavailable(f"git: {error}") from None
    if done.returncode:
        raise ToolUnavailable(f"git {arguments[0]}: {done.stderr.strip()[-200:]}")
    return done.stdout.strip()
