"""Builds our images with a real engine, under the names of the production overlay, and saves them as an archive."""

from pathlib import Path

from devtools.cache import CacheLockTimeout, cache_root, file_lock
from devtools.deploy.check_result import ToolUnavailable
from devtools.deploy.cluster_pods.node import PAUSE
from devtools.deploy.engine import stand_ins, versions
from devtools.deploy.engine.engine import Engine
from devtools.deploy.engine.packages import unpacked_engine

REGISTRY = "registry.example.com"
NOW, NEXT = "0.1.0", "0.2.0"  # tags of the same image: a new tag is a new version for a Deployment


def save(pause: Path, folder: Path) -> Path:
    """Build and save; return the archive. pause: the sandboxes' program. Raises ToolUnavailable, CheckFailed."""
    home = cache_root() / "engine"
    home.mkdir(parents=True, exist_ok=True)
    try:
        with file_lock(home / "lock"):
            packages = unpacked_engine(home)
            engine = Engine(home, packages)
            try:
                engine.start()
                stand_ins.import_base(engine, home, packages)
                return _save(engine, pause, folder)
            finally:
                engine.close()
    except CacheLockTimeout as error:
        raise ToolUnavailable(str(error)) from None


def _save(engine: Engine, pause: Path, folder: Path) -> Path:
    versions.build(engine, versions.NOW)
    context = folder / "pause"
    context.mkdir()
    (context / "pause").write_bytes(pause.read_bytes())
    (context / "pause").chmod(0o755)
    (context / "Dockerfile").write_text('FROM scratch\nCOPY pause /pause\nUSER 65535\nENTRYPOINT ["/pause"]\n')
    engine.docker("build", "--quiet", "--tag", PAUSE, str(context))
    names = [PAUSE]
    for image in ("parley", "parley-tools"):
        for tag in (NOW, NEXT):
            names.append(f"{REGISTRY}/{image}:{tag}")
            engine.docker("tag", f"{image}:{versions.NOW}", names[-1])
    archive = folder / "images.tar"
    engine.docker("save", "--output", str(archive), *names, timeout=600)
    engine.docker("rmi", *names)
    return archive
