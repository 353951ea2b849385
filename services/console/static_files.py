"""The console's pages in the browser: files that were built into `static/`, held in memory.

`index.html` is made for each answer, with a nonce of its own: only scripts and styles of this page run. All other files
have a digest in their names, so browsers keep them for ever. Where nothing was built, a page says so.
"""

import gzip
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from mimetypes import guess_type
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
NONCE = "PARLEY-NONCE"
"""Stands in the built page for the nonce (`html.cspNonce` in web/vite.config.ts)."""

OPTIONS = "PARLEY-OPTIONS"
"""Stands in the built page for the options (`services/console/page_options.py`)."""

_GZIP = ".gz"
_COMPRESSED = frozenset({".js", ".css", ".svg", ".json", ".html", ".txt", ".webmanifest"})
_FOREVER = "public, max-age=31536000, immutable"
_TYPES = {".js": "text/javascript; charset=utf-8", ".webmanifest": "application/manifest+json"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file with its headers. compressed: by gzip; None: it would not be smaller."""

    body: bytes
    compressed: bytes | None
    media_type: str

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers of an answer with the file."""
        return {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}


@dataclass(frozen=True, slots=True)
class StaticFiles:
    """The built files by path below `/assets/`. index: the page; empty: nothing was built."""

    files: Mapping[str, StaticFile]
    index: str

    def page(self, options: str = "{}") -> tuple[str, dict[str, str]]:
        """Return the page with a new nonce, and its headers. options: JSON."""
        nonce = secrets.token_urlsafe(16)
        html = self.index.replace(NONCE, nonce).replace(OPTIONS, escape(options))
        return html, {"Content-Security-Policy": content_security_policy(nonce)}


def content_security_policy(nonce: str) -> str:
    """Return the policy of the page. The sources of each kind are those that the console uses, and no others."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self' blob: data:; connect-src 'self'; font-src 'self'; media-src 'self' blob:; "
        "worker-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; "
        "require-trusted-types-for 'script'; trusted-types default"
    )


def load_static_files(folder: Path = FOLDER) -> StaticFiles:
    """Read the built files. Without them the result is empty: the API works, and the page says how to build them."""
    index = folder / "index.html"
    if not index.is_file():
        return StaticFiles({}, "")
    assets = folder / "assets"
    files = {
        path.relative_to(assets).as_posix(): _load(path)
        for path in sorted(assets.rglob("*"))
        if path.is_file() and path.suffix not in (".map", _GZIP)
    }
    return StaticFiles(files, index.read_text("utf-8"))


def _load(path: Path) -> StaticFile:
    body = path.read_bytes()
    kind = _TYPES.get(path.suffix) or guess_type(path.name)[0] or "application/octet-stream"
    return StaticFile(body, _compressed(path, body), kind)


def _compressed(path: Path, body: bytes) -> bytes | None:
    """Return what the build compressed; a start takes longer where another build did not."""
    if path.suffix not in _COMPRESSED:
        return None
    stored = path.with_name(path.name + _GZIP)
    compressed = stored.read_bytes() if stored.is_file() else gzip.compress(body, 9, mtime=0)
    return compressed if len(compressed) < len(body) else None
