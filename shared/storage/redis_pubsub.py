"""Redis publish and subscribe: messages that may be lost, to all processes that listen at the moment."""

import asyncio
from collections.abc import Callable
from typing import Any

from redis.asyncio import Redis as Driver
from redis.exceptions import RedisError

from shared.errors import DependencyAway

_WAIT = 1.0  # seconds of one look for messages


class RedisChannels:
    """One connection that listens to a changing set of channels; made once per process."""

    def __init__(self, url: str, *, client: str) -> None:
        self._driver: Any = Driver.from_url(
            url, socket_timeout=2.0, socket_connect_timeout=1.0, client_name=client, health_check_interval=10
        )
        self._wanted: set[str] = set()
        self._pubsub: Any = None
        self._listening = asyncio.Event()

    async def publish(self, channel: str, message: bytes) -> None:
        """Send a message to all who listen now. Raises DependencyAway."""
        try:
            await self._driver.publish(channel, message)
        except (RedisError, OSError, TimeoutError) as error:
            raise DependencyAway("redis", type(error).__name__) from None

    async def listen(self, channel: str) -> None:
        """Add a channel. Without Redis it is added when it is back."""
        self._wanted.add(channel)
        await self._apply("subscribe", channel)
        self._listening.set()

    async def leave(self, channel: str) -> None:
        """Remove a channel."""
        self._wanted.discard(channel)
        await self._apply("unsubscribe", channel)
        if not self._wanted:
            self._listening.clear()

    async def receive(self, on_message: Callable[[str, bytes], None]) -> None:
        """Call `on_message` with each message and its channel, forever. Raises DependencyAway; call it again then."""
        try:
            self._pubsub = self._driver.pubsub(ignore_subscribe_messages=True)
            if self._wanted:
                await self._pubsub.subscribe(*self._wanted)
            while True:
                await self._listening.wait()
                message = await self._pubsub.get_message(timeout=_WAIT)
                if message is not None and message["type"] == "message":
                    on_message(message["channel"].decode(), message["data"])
        except (RedisError, OSError, TimeoutError) as error:
            raise DependencyAway("redis", type(error).__name__) from None
        finally:
            pubsub, self._pubsub = self._pubsub, None
            await asyncio.gather(pubsub.aclose(), return_exceptions=True)

    async def close(self) -> None:
        """Disconnect."""
        await self._driver.aclose()

    async def _apply(self, method: str, channel: str) -> None:
        if self._pubsub is not None:
            await asyncio.gather(getattr(self._pubsub, method)(channel), return_exceptions=True)
