"""Lets webhooks with statuses that arrive in quick succession reach Kafka in one request."""

import asyncio

_SECONDS = 0.025  # by which a status may be accepted later
_QUICK = 0.1  # seconds between two webhooks


class StatusGathering:
    """Made once per process. Nobody waits for a status, and a request to Kafka costs as much as the rest of a webhook.

    seconds: by which a webhook may be delayed.
    """

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._last = float("-inf")  # when the last webhook with statuses came, on the event loop's clock
        self._end: asyncio.Future[None] | None = None  # of the interval that has begun

    async def wait(self) -> None:
        """Wait for the rest of the current interval, which all waiting webhooks share; return at once if no webhook
        with statuses came in the last tenth of a second.
        """
        loop = asyncio.get_running_loop()
        now, last = loop.time(), self._last
        self._last = now
        if now - last > _QUICK:
            return
        if self._end is None:
            self._end = loop.create_future()
            loop.call_later(self._seconds, self._finish)
        await asyncio.shield(self._end)

    def _finish(self) -> None:
        if self._end is not None:
            self._end.set_result(None)
            self._end = None
