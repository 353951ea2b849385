"""Watch the processes during a run: memory, readiness, unexpected exits."""

import asyncio
from collections.abc import Callable, Mapping
from statistics import fmean

import aiohttp

from devtools.bench.process_usage import usage
from devtools.chaos.answer_tracker import now
from devtools.chaos.evidence import ProcessMemory, ReadinessChange, UnexpectedExit
from devtools.stack.supervisor import Stack

_EVERY = 1.0
_READY_EVERY = 5  # samples between readiness checks while both stores are available
_TIMEOUT = aiohttp.ClientTimeout(total=3.5)


class ProcessMonitor:
    """Watches the processes and their readiness during a run. seen: readiness changes. store_unavailable: returns True
    while Kafka or MongoDB is unavailable.
    """

    def __init__(self, stack: Stack, http: aiohttp.ClientSession, store_unavailable: Callable[[], bool]) -> None:
        self._stack = stack
        self._http = http
        self._store_unavailable = store_unavailable
        self._sizes: dict[str, list[float]] = {}
        self._last_status: dict[str, int] = {}
        self.seen: list[ReadinessChange] = []

    async def run(self) -> None:
        """Sample until cancelled."""
        samples = 0
        while True:
            self.sample_memory()
            if self._store_unavailable() or samples % _READY_EVERY == 0:
                await self.check_readiness()
            samples += 1
            await asyncio.sleep(_EVERY)

    def sample_memory(self) -> None:
        """Sample the memory of each process."""
        for name, pid in self._pids().items():
            try:
                size = usage({name: [pid]})[name].rss
            except (OSError, IndexError):  # the process has just ended
                continue
            if size:
                self._sizes.setdefault(name, []).append(size)

    async def check_readiness(self) -> dict[str, int]:
        """Return the HTTP status of every service's `/health/ready`, 0 without an answer; record changes."""
        urls = {
            f"{name}-{index}": url
            for name, all_urls in self._stack.info["ops"].items()
            for index, url in enumerate(all_urls)
        }
        statuses = await asyncio.gather(*(self._readiness(name, url) for name, url in urls.items()))
        return dict(zip(urls, statuses, strict=True))

    async def _readiness(self, name: str, url: str) -> int:
        try:
            async with self._http.get(f"{url}/health/ready", timeout=_TIMEOUT) as response:
                await response.read()
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            status = 0
        if self._last_status.get(name) != status:
            self._last_status[name] = status
            self.seen.append(ReadinessChange(now(), name, status))
        return status

    def memory(self) -> list[ProcessMemory]:
        """Return the memory of each process."""
        return [_memory(name, sizes) for name, sizes in sorted(self._sizes.items())]

    def deaths(self, killed: Mapping[str, int]) -> list[UnexpectedExit]:
        """Return the processes that ended by themselves. killed: how often faults killed each process."""
        left = dict(killed)
        found = []
        for name, reason in self._stack.unexpected_exits:
            if "SIGKILL" in reason and left.get(name, 0):
                left[name] -= 1
            else:
                found.append(UnexpectedExit(name, reason))
        return found

    def not_running(self) -> list[str]:
        """Return the services that are not running."""
        return [name for name in self._names() if self._pid(name) is None]

    def _names(self) -> list[str]:
        return [f"{name}-{index}" for name, urls in self._stack.info["ops"].items() for index in range(len(urls))]

    def _pid(self, name: str) -> int | None:
        service, _, index = name.partition("-")
        return self._stack.server(service, int(index or 0)).pid

    def _pids(self) -> dict[str, int]:
        found = {name: self._pid(name) for name in (*self._names(), "kafka", "mongodb", "redis", "simulators")}
        return {name: pid for name, pid in found.items() if pid is not None}


def _memory(name: str, sizes: list[float]) -> ProcessMemory:
    quarter = max(1, len(sizes) // 4)
    return ProcessMemory(name, max(sizes), fmean(sizes[quarter : 2 * quarter] or sizes), fmean(sizes[-quarter:]))
