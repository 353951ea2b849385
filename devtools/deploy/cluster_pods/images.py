"""Builds our images with a real engine, under the names of the production overlay, and saves them as an archive."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from devtools.cache import CacheLockTimeout, cache_root, file_lock
from devtools.deploy.check_result import ToolUnavailable
from devtools.deploy.cluster_pods import keda
from devtools.deploy.cluster_pods.node import PAUSE
from devtools.deploy.engine import stand_ins, versions
from devtools.deploy.engine.engine import Engine
from devtools.deploy.engine.packages import unpacked_engine

REGISTRY = "registry.example.com"
NOW, NEXT = "0.1.0", "0.2.0"  # tags of the same image: a new tag is a new version for a Deployment


def of_keda(programs: Path) -> dict[str, Path]:
    """Return the program of each image of KEDA."""
    return {f"{REGISTRY}/{image}:{keda.TAG}": programs / program for image, program in keda.IMAGES.items()}


def save(pause: Path, others: Mapping[str, Path], folder: Path) -> Path:
    """Build and save; return the archive. Raises ToolUnavailable, CheckFailed.

    pause: the sandboxes' program. others: programs that are an image each, by its name.
    """
    home = cache_root() / "engine"
    home.mkdir(parents=True, exist_ok=True)
    try:
        with file_lock(home / "lock"):
            packages = unpacked_engine(home)
            engine = Engine(home, packages)
            try:
                engine.start()
                stand_ins.import_base(engine, home, packages)
                return _save(engine, {PAUSE: pause, **others}, folder)
            finally:
                engine.close()
    except CacheLockTimeout as error:
        raise ToolUnavailable(str(error)) from None


def _save(engine: Engine, programs: Mapping[str, Path], folder: Path) -> Path:
    versions.build(engine, versions.NOW)
    names = []
    for name, program in programs.items():
        _build_of_program(engine, name, program, folder / "image")
        names.append(name)
    for image in ("parley", "parley-tools"):
        for tag in (NOW, NEXT):
            names.append(f"{REGISTRY}/{image}:{tag}")
            engine.docker("tag", f"{image}:{versions.NOW}", names[-1])
    archive = folder / "images.tar"
    engine.docker("save", "--output", str(archive), *names, timeout=600)
    engine.docker("rmi", *names)
    return archive


def _build_of_program(engine: Engine, name: str, program: Path, context: Path) -> None:
    """Build an image that has one program, linked statically, and nothing else."""
    context.mkdir()
    shutil.copy(program, context / program.name)
    lines = ("FROM scratch", f"COPY {program.name} /", "USER 65532:65532", f'ENTRYPOINT ["/{program.name}"]', "")
    (context / "Dockerfile").write_text("\n".join(lines))
    engine.docker("build", "--quiet", "--tag", name, str(context))
    shutil.rmtree(context)
