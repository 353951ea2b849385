"""Token counts and prompt cache, accounted as by Anthropic.

Source: Anthropic "Prompt caching" (order tools, system, messages; at most 4 breakpoints; entries live 5 minutes or 1
hour and are refreshed by use; hits are searched in up to 20 blocks before a breakpoint; minimum 512 tokens here).
Counts are approximate: four characters per token.
"""

import hashlib
import time
from collections.abc import Callable
from typing import Any

import msgspec
from cachetools import TLRUCache

MINIMUM = 512
_LOOK_BACK = 20
_KEEP = 20_000
_TTL = {"5m": 300.0, "1h": 3600.0}

Json = dict[str, Any]


def count_tokens(text: str | bytes) -> int:
    """Return the approximate number of tokens of a text."""
    return (len(text) + 3) // 4


class PromptCache:
    """Recently cached prompt prefixes. clock: seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._ttls: TLRUCache[bytes, float] = TLRUCache(_KEEP, lambda _, ttl, now: now + ttl, timer=clock)  # by hash

    def usage(self, owner: str, body: Json) -> Json:
        """Return the input part of `usage`, and cache the prefixes that the request marks."""
        total = 0
        points: list[tuple[int, float]] = []
        prefixes: list[tuple[bytes, int]] = []
        digest = hashlib.sha256(f"{owner}\0{body.get('model')}".encode())
        for text, control in _segments(body):
            digest.update(text)
            total += count_tokens(text)
            if control is not None:
                points.append((len(prefixes), _TTL.get(str(control.get("ttl", "5m")), 300.0)))
            prefixes.append((digest.digest(), total))
        read = self._hit(points, prefixes)
        written = self._write(points, prefixes, read)
        created = sum(written.values())
        return {
            "input_tokens": max(0, total - read - created),
            "cache_creation_input_tokens": created,
            "cache_read_input_tokens": read,
            "cache_creation": {
                "ephemeral_5m_input_tokens": written.get(300.0, 0),
                "ephemeral_1h_input_tokens": written.get(3600.0, 0),
            },
        }

    def _hit(self, points: list[tuple[int, float]], prefixes: list[tuple[bytes, int]]) -> int:
        for index, _ in reversed(points):
            for key, tokens in reversed(prefixes[max(0, index - _LOOK_BACK) : index + 1]):
                ttl = self._ttls.get(key)
                if ttl is not None:
                    self._ttls[key] = ttl  # each use renews the lifetime
                    return tokens
        return 0

    def _write(self, points: list[tuple[int, float]], prefixes: list[tuple[bytes, int]], read: int) -> dict[float, int]:
        written: dict[float, int] = {}
        counted = read
        for index, ttl in points:
            key, tokens = prefixes[index]
            if tokens < MINIMUM or tokens <= counted:
                continue
            written[ttl] = written.get(ttl, 0) + tokens - counted
            counted = tokens
            self._ttls[key] = ttl
        return written


def _segments(body: Json) -> list[tuple[bytes, Json | None]]:
    parts: list[Any] = [*(body.get("tools") or [])]
    system = body.get("system") or []
    parts += [{"type": "text", "text": system}] if isinstance(system, str) else system
    roles = [""] * len(parts)
    for message in body["messages"]:
        content = message["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        parts += blocks
        roles += [message["role"]] * len(blocks)
    segments = []
    for role, part in zip(roles, parts, strict=True):
        own = {k: v for k, v in part.items() if k != "cache_control"}
        text = own["text"] if own.keys() == {"type", "text"} else msgspec.json.encode(own).decode()
        segments.append((f"{role}\n{text}".encode(), part.get("cache_control")))
    if body.get("cache_control") and segments:  # automatic caching: a breakpoint at the end
        segments[-1] = (segments[-1][0], body["cache_control"])
    return segments
