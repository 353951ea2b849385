"""The operations port of every process: `/metrics`, `/health/live`, `/health/ready`, `/stats`.

Live: the process makes progress; no dependency is asked, or an outage would restart every pod. Ready: the process can
work, with the state of each dependency. Metrics: `parley_ready` is what readiness says, so a scrape asks each
dependency once, too. It waits for five seconds at most, half of the ten that Prometheus allows, also while all hang.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.errors import DependencyAway
from shared.telemetry import metrics

Check = Callable[[], Awaitable[None]]
_CHECK_LIMIT = 2.5  # seconds; a scrape and a probe wait for all checks together


class Ops:
    """The content of the operations port; the process fills it in while it is wired."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.checks: dict[str, Check] = {}
        self.optional: set[str] = set()  # checks that are shown and not required
        self.alive: dict[str, Callable[[], bool]] = {}
        self.started: dict[str, Callable[[], bool]] = {}
        self.stats: dict[str, Callable[[], object]] = {}
        self.before_scrape: list[Callable[[], Awaitable[None]]] = []
        self.wired = False  # all checks and parts are registered
        self.stopping = False
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises OSError when the port is taken."""
        app = web.Application()
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/health/live", self._live)
        app.router.add_get("/health/ready", self._ready)
        app.router.add_get("/stats", self._stats)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _metrics(self, _request: web.Request) -> web.Response:
        await asyncio.gather(*map(self._observed, [] if self.stopping else self.before_scrape))
        metrics.READY.set(await self._is_ready())
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _observed(self, observe: Callable[[], Awaitable[None]]) -> None:
        limit = asyncio.timeout(_CHECK_LIMIT)
        try:
            async with limit:
                await observe()
        except TimeoutError:
            if not limit.expired():
                raise
            # Otherwise its metrics keep their values.
        except Exception:
            if not self.stopping:  # otherwise its client was closed meanwhile
                raise

    async def _is_ready(self) -> bool:
        """Return whether the process is ready. A check with a fault hides no metrics: the probe reports it."""
        try:
            return self.wired and (await self.readiness())[1]
        except Exception:
            return False

    async def _live(self, _request: web.Request) -> web.Response:
        parts = {name: "ok" if alive() else "stuck" for name, alive in self.alive.items()}
        return _response({"service": self.service, "parts": parts}, all(part == "ok" for part in parts.values()))

    async def _ready(self, _request: web.Request) -> web.Response:
        return _response(*await self.readiness())

    async def readiness(self) -> tuple[dict[str, Any], bool]:
        """Return the state of the process, its dependencies and parts, and whether it is ready. A process that stops
        asks no dependency: their clients are being closed.
        """
        names = [] if self.stopping else list(self.checks)
        results = await asyncio.gather(*(self._checked(self.checks[name]) for name in names))
        dependencies = dict(zip(names, results, strict=True))
        parts = {name: "ok" if started() else "starting" for name, started in self.started.items()}
        needed = [result for name, result in dependencies.items() if name not in self.optional]
        ready = self.wired and not self.stopping and all(part == "ok" for part in (*needed, *parts.values()))
        status = "stopping" if self.stopping else "ready" if ready else "not ready"
        return {"service": self.service, "status": status, "dependencies": dependencies, "parts": parts}, ready

    async def _checked(self, check: Check) -> str:
        try:
            async with asyncio.timeout(_CHECK_LIMIT):
                await check()
        except DependencyAway as error:
            return str(error)
        except TimeoutError:
            return f"no answer within {_CHECK_LIMIT:g} s"
        except Exception:
            if self.stopping:  # its client was closed meanwhile
                return "closed"
            raise
        return "ok"

    async def _stats(self, _request: web.Request) -> web.Response:
        return _response({"service": self.service, **{name: read() for name, read in self.stats.items()}}, True)


def _response(value: object, good: bool) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(value), status=200 if good else 503, headers={"Content-Type": "application/json"}
    )
