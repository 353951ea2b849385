"""Builds the console's pages: `python -m devtools.web`, which `make` calls. Does nothing if nothing has changed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from devtools.web.compress import compress
from devtools.web.node import PROJECT, Node, NodeMissing, find_node

WEB = PROJECT / "web"
STATIC = PROJECT / "services" / "console" / "static"
_STAMP = STATIC / ".sources"
_INSTALLED = WEB / "node_modules" / ".parley-lock"
_SOURCES = ("package.json", "package-lock.json", "vite.config.ts", "tsconfig.json", "index.html", "src", "public")
_GENERATED = ("schema.d.ts", "rights.ts")
_OPENAPI = PROJECT / "docs" / "openapi.json"
_FLOW_SCHEMA = PROJECT / "shared" / "flows" / "flow.schema.json"


class BuildFailed(Exception):
    """Raised when npm or the build fails. The text says which, with the last lines of its output."""


def is_built() -> bool:
    """Return whether the built pages are those of the sources."""
    return _STAMP.is_file() and (STATIC / "index.html").is_file() and _STAMP.read_text() == digest_of_sources()


def digest_of_sources() -> str:
    """Return the digest of all that the built pages depend on."""
    digest = sha256()
    for path in _sources():
        digest.update(str(path.relative_to(PROJECT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def build() -> None:
    """Install npm's packages and build. Raises NodeMissing and BuildFailed."""
    node = find_node()
    install_packages(node)
    sources = digest_of_sources()
    run_npm(node, "run", "schema")
    run_npm(node, "run", "build")
    compress(STATIC / "assets")
    _STAMP.write_text(sources)


def install_packages(node: Node) -> None:
    """Install the locked packages unless they are installed."""
    lock = sha256((WEB / "package-lock.json").read_bytes()).hexdigest()
    if not _INSTALLED.is_file() or _INSTALLED.read_text() != lock:
        run_npm(node, "ci", "--no-audit", "--no-fund", "--loglevel=error")
        _INSTALLED.write_text(lock)


def run_npm(node: Node, *arguments: str) -> None:
    """Run npm in `web`. Raises BuildFailed."""
    env = dict(os.environ, PATH=f"{node.folder}{os.pathsep}{os.environ.get('PATH', '')}")
    done = subprocess.run(
        [*node.npm, *arguments], cwd=WEB, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise BuildFailed(f"`npm {' '.join(arguments)}` failed in web/:\n{last}")


def main() -> int:
    """Build if needed. Exits with 1 if that fails; with `--optional` it says so and exits with 0."""
    if is_built():
        return 0
    print("Building the console's pages (once; under a minute)…", flush=True)
    try:
        build()
    except (NodeMissing, BuildFailed) as error:
        print(f"The console's pages were not built: {error}", file=sys.stderr)
        if "--optional" not in sys.argv:
            return 1
        print("All else works, the console's API too.", file=sys.stderr)
    return 0


def _sources() -> Iterator[Path]:
    yield _OPENAPI
    yield _FLOW_SCHEMA
    for name in _SOURCES:
        path = WEB / name
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (one for one in found if one.is_file() and one.name not in _GENERATED)
