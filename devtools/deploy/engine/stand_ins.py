"""Images under the names that Dockerfile and docker-compose.yml use, made from Debian packages and the local stack.

No image is pulled. The base is a Debian with Python 3.11. Kafka is the same version, MongoDB the local stack's, and
`mongosh` is a script that does what the Compose file asks of it.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import yaml

from devtools.deploy.check_result import ToolUnavailable
from devtools.deploy.engine.engine import Engine
from devtools.deploy.engine.packages import environment
from devtools.deploy.image_name import without_digest
from devtools.deploy.programs import run
from devtools.deploy.toolbox import PROJECT
from devtools.stack.errors import StackError
from devtools.stack.kafka import LOG_CONFIG
from devtools.stack.kafka_jars import kafka_libs
from devtools.stack.mongodb import find_mongod

BASE = "parley-check-base:bookworm"
_DEBIAN = "parley-check-debian:bookworm"
_FILES = Path(__file__).parent / "images"
_ROOTS = Path("/etc/ssl/certs/ca-certificates.crt")
PACKAGES = (
    "ca-certificates",
    "python3",
    "python3-pip",
    "python3-venv",
    "openjdk-17-jre-headless",
    "redis-server",
    "libcurl4",
)
_INDEXES = ("PIP_INDEX_URL", "NPM_CONFIG_REGISTRY")


def import_base(engine: Engine, home: Path, packages: Path) -> None:
    """Make the base image, from a Debian that is bootstrapped once. Raises ToolUnavailable."""
    archive = home / "base.tar"
    if not archive.is_file():
        _bootstrap(archive, packages)
    if not engine.has_image(_DEBIAN):  # imported again it would be another image, and nothing built on it would be kept
        engine.docker("import", str(archive), _DEBIAN)
    context = _context(home, "base")
    shutil.copyfile(_ROOTS, context / "roots.crt")  # package indexes may be behind a proxy of this machine
    settings = {"PIP_CERT": str(_ROOTS), "NODE_EXTRA_CA_CERTS": str(_ROOTS)}
    settings |= {name: os.environ[name] for name in _INDEXES if name in os.environ}
    lines = "".join(f"ENV {name}={value}\n" for name, value in settings.items())
    (context / "Dockerfile").write_text(f"FROM {_DEBIAN}\nCOPY roots.crt {_ROOTS}\n{lines}")
    engine.docker("build", "--quiet", "--tag", BASE, str(context))


def _bootstrap(archive: Path, packages: Path) -> None:
    part = archive.with_suffix(".part.tar")
    hooks = [
        *("--essential-hook", 'mkdir -p "$1/usr/share/man/man1"'),
        *("--customize-hook", 'rm -f "$1"/usr/lib/python3*/EXTERNALLY-MANAGED'),
        *("--customize-hook", 'ln -s /usr/bin/python3 "$1/usr/local/bin/python"'),
        *("--customize-hook", 'ln -s /usr/bin/pip3 "$1/usr/local/bin/pip"'),
    ]
    smaller = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "locale")]
    command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(PACKAGES)}", *smaller, *hooks]
    done = run([*command, "bookworm", str(part)], timeout=900, env=environment(packages))
    if done.returncode:
        raise ToolUnavailable(f"no base image: mmdebstrap: {(done.stderr.strip() or 'no message')[-300:]}")
    part.rename(archive)


def make_stores(engine: Engine, home: Path, tools: str) -> None:
    """Make the images of Kafka, MongoDB and Redis. tools: an image with Parley's packages. Raises ToolUnavailable."""
    names = {
        name: without_digest(yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"][name]["image"])
        for name in STORES
    }
    for name in STORES:
        context = _context(home, name)
        shutil.copytree(_FILES / name, context, dirs_exist_ok=True)
        try:
            STORES[name](context)
        except StackError as error:
            raise ToolUnavailable(f"no stand-in for {name}: {error}") from None
        arguments = ["--build-arg", f"BASE={BASE}", "--build-arg", f"TOOLS={tools}"]
        engine.docker("build", "--quiet", *arguments, "--tag", names[name], str(context))


def _add_kafka(context: Path) -> None:
    shutil.copytree(kafka_libs(), context / "libs")
    shutil.copyfile(LOG_CONFIG, context / LOG_CONFIG.name)


def _add_mongod(context: Path) -> None:
    shutil.copy(find_mongod(), context / "mongod")


def _add_nothing(_context: Path) -> None:
    """Redis comes with the base."""


STORES: dict[str, Callable[[Path], None]] = {"kafka": _add_kafka, "mongodb": _add_mongod, "redis": _add_nothing}


def _context(home: Path, name: str) -> Path:
    folder = home / "contexts" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
