"""The weight of the console's first screens: JavaScript and CSS that a browser loads before they can be used.

Limits are of 1,024 bytes, compressed as the console sends them. See docs/decisions/0084-weight-of-the-first-screens.md.
"""

import json
from collections.abc import Iterable
from gzip import compress
from typing import Any

import pytest

from devtools.web.build import STATIC, is_built

pytestmark = pytest.mark.skipif(not is_built(), reason="NOT CHECKED: the console's pages are not built (make web)")

# The names of chunks are those of web/vite.config.ts; each is loaded with all that it imports.
_START = ("index", "start", "texts-en-start")
_INBOX = (*_START, "frame", "inbox", "texts-en-frame")
_SCREENS = {
    "sign-in": (_START, 110, 30),
    "inbox": (_INBOX, 220, 30),
    "inbox with a conversation": ((*_INBOX, "ConversationPane", "texts-en-conversation"), 300, 30),
}


@pytest.mark.parametrize("screen", _SCREENS)
def test_first_screens_are_light(screen: str) -> None:
    names, most_script, most_style = _SCREENS[screen]
    chunks = json.loads((STATIC / "manifest.json").read_text())
    loaded = _with_imports(chunks, names)
    _check(screen, {chunks[key]["file"] for key in loaded}, most_script)
    _check(screen, {file for key in loaded for file in chunks[key].get("css", ())}, most_style)


def _with_imports(chunks: dict[str, Any], names: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = [_named(chunks, name) for name in names]
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += chunks[key].get("imports", [])
    return found


def _named(chunks: dict[str, Any], name: str) -> str:
    keys = [key for key, chunk in chunks.items() if chunk.get("name") == name and str(chunk["file"]).endswith(".js")]
    assert keys, f"no built chunk is called {name}: web/vite.config.ts names them"
    return keys[0]


def _check(screen: str, files: Iterable[str], most: int) -> None:
    sizes = {file: len(compress((STATIC / file).read_bytes(), mtime=0)) for file in files}
    listed = "\n".join(f"{size:8,} {file}" for file, size in sorted(sizes.items(), key=lambda item: -item[1]))
    assert sum(sizes.values()) <= most * 1024, f"{screen}: {sum(sizes.values()):,} bytes of {most} KB\n{listed}"
