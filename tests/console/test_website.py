"""The console's pages as files: headers, nonces, compression, and a page where nothing was built."""

import gzip
import re
from pathlib import Path

import httpx2
import pytest

from services.console.app import make_app
from services.console.parts import Parts
from services.console.static_files import NONCE, StaticFiles, load_static_files
from tests.console.console import HOST, Console

INDEX = f'<meta property="csp-nonce" nonce="{NONCE}"><script type="module" nonce="{NONCE}" src="/assets/a.js"></script>'


@pytest.fixture
def built(tmp_path: Path) -> StaticFiles:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(INDEX)
    (tmp_path / "assets" / "a.js").write_text("console.log(1);" * 100)
    (tmp_path / "assets" / "a.js.map").write_text("{}")
    return load_static_files(tmp_path)


def client(parts: Parts, files: StaticFiles) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=make_app(parts, static=files)), base_url=HOST)


async def test_each_page_has_a_nonce_of_its_own(console: Console, built: StaticFiles) -> None:
    async with client(console.parts, built) as http:
        first, second = await http.get("/w/acme/inbox"), await http.get("/")
    nonces = {
        re.findall(r"script-src 'nonce-([^']+)'", one.headers["content-security-policy"])[0] for one in (first, second)
    }
    assert len(nonces) == 2
    assert all(set(re.findall(r'nonce="([^"]+)"', one.text)) <= nonces for one in (first, second))
    assert first.headers["cache-control"] == "no-store"


async def test_file_is_compressed_and_kept_for_ever(console: Console, built: StaticFiles) -> None:
    async with client(console.parts, built) as http:
        small = await http.get("/assets/a.js", headers={"accept-encoding": "gzip"})
        plain = await http.get("/assets/a.js", headers={"accept-encoding": "identity"})
    assert small.text == plain.text == "console.log(1);" * 100
    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) == len(gzip.compress(plain.content, 9, mtime=0))
    assert "immutable" in plain.headers["cache-control"]
    assert plain.headers["content-type"] == "text/javascript; charset=utf-8"


@pytest.mark.parametrize("path", ["/assets/a.js.map", "/assets/../index.html", "/assets/none.js", "/api/v1/none"])
async def test_other_paths_are_not_found(console: Console, built: StaticFiles, path: str) -> None:
    async with client(console.parts, built) as http:
        response = await http.get(path)
    assert response.status_code == 404 or (response.text != INDEX and "nonce" in response.text)


async def test_where_nothing_was_built_a_page_says_how(console: Console, tmp_path: Path) -> None:
    async with client(console.parts, load_static_files(tmp_path)) as http:
        response = await http.get("/")
    assert response.status_code == 200
    assert "make web" in response.text
