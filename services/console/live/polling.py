"""Live events by polling: a subscription that ends with the first answer."""

import asyncio
import json
from collections.abc import Collection
from typing import Any

from services.console.live.hub import LiveHub
from services.console.live.subscriber import Caller, Subscriber

MOST_WAIT = 25.0
"""Seconds; shorter than the idle time-out of any proxy."""
_LEFT_OUT = frozenset(
    {
        *("ping", "paused", "resumed", "resync", "signed-out", "opened"),
        *("viewing", "typing:start", "typing:stop", "flow:draft", "flow:viewing"),
    }
)
_GATHER = 0.05  # seconds after the first event, for those that come with it


async def poll(
    hub: LiveHub,
    caller: Caller,
    session: str,
    *,
    cursor: str | None,
    wait: float,
    see: Collection[str],
    open_: Collection[str],
) -> dict[str, Any] | None:
    """Return the events since a cursor; wait up to `wait` seconds for the first one. None: too many connections.

    Raises DependencyAway.
    """
    seat = hub.enter(session)
    if seat is None:
        return None
    try:
        subscriber = await hub.join(caller, cursor, see, open_)
        try:
            return await _answer(subscriber, wait if cursor else 0.0)
        finally:
            hub.leave(subscriber)
    finally:
        hub.exit(seat)


async def _answer(subscriber: Subscriber, wait: float) -> dict[str, Any]:
    ready = json.loads(await subscriber.outbox.take() or "{}")
    frames = _waiting(subscriber)
    if not _with_events(frames) and wait and ready["resumed"] != "resync":
        frames += await _first(subscriber, wait)
    cursor = next((frame["cursor"] for frame in reversed(frames) if frame.get("cursor")), ready["cursor"])
    resync = next((frame for frame in frames if frame["type"] == "resync"), None)
    return {
        "events": _with_events(frames),
        "cursor": cursor,
        "resumed": "resync" if resync else ready["resumed"],
        "why": resync["why"] if resync else ready.get("why"),
        "paused": any(frame["type"] == "paused" for frame in frames),
    }


async def _first(subscriber: Subscriber, wait: float) -> list[dict[str, Any]]:
    """Return the first frames that come, or what there is after `wait` seconds."""
    frames: list[dict[str, Any]] = []
    try:
        async with asyncio.timeout(wait):
            while not _with_events(frames):
                text = await subscriber.outbox.take()
                if text is None:
                    return frames
                frames.append(json.loads(text))
                if frames[-1]["type"] in ("resync", "paused"):
                    return frames
            await asyncio.sleep(_GATHER)
    except TimeoutError:
        pass
    return frames + _waiting(subscriber)


def _waiting(subscriber: Subscriber) -> list[dict[str, Any]]:
    frames = []
    while (text := subscriber.outbox.take_now()) is not None:
        frames.append(json.loads(text))
    return frames


def _with_events(frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the frames that say what happened, without who views, types and edits."""
    return [frame for frame in frames if frame["type"] not in _LEFT_OUT]
