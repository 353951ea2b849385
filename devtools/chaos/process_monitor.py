"""What the processes look like while the run goes on: memory, readiness, and who died without our doing."""

import asyncio
from collections.abc import Callable, Mapping
from statistics import fmean

import aiohttp

from devtools.bench.process_usage import usage
from devtools.chaos.answer_tracker import now
from devtools.chaos.evidence import ProcessMemory, ReadinessChange, UnexpectedExit
from devtools.stack.supervisor import Stack

_EVERY = 1.0
_READY_EVERY = 5  # looks, while nothing is away
_TIMEOUT = aiohttp.ClientTimeout(total=3.5)


class ProcessMonitor:
    """seen: only changes of what a process says. away: whether Kafka or MongoDB is away now."""

    def __init__(self, stack: Stack, http: aiohttp.ClientSession, away: Callable[[], bool]) -> None:
        self._stack = stack
        self._http = http
        self._away = away
        self._sizes: dict[str, list[float]] = {}
        self._said: dict[str, int] = {}
        self.seen: list[ReadinessChange] = []

    async def run(self) -> None:
        """Until cancelled."""
        looks = 0
        while True:
            self.measure()
            if self._away() or looks % _READY_EVERY == 0:
                await self.check_readiness()
            looks += 1
            await asyncio.sleep(_EVERY)

    def measure(self) -> None:
        """One look at the memory of each process."""
        for name, pid in self._pids().items():
            try:
                size = usage({name: [pid]})[name].rss
            except (OSError, IndexError):  # it has just ended
                continue
            if size:
                self._sizes.setdefault(name, []).append(size)

    async def check_readiness(self) -> dict[str, int]:
        """Ask every service whether it is ready; what each said."""
        urls = {
            f"{name}-{index}": url
            for name, all_urls in self._stack.info["ops"].items()
            for index, url in enumerate(all_urls)
        }
        statuses = await asyncio.gather(*(self._ask(name, url) for name, url in urls.items()))
        return dict(zip(urls, statuses, strict=True))

    async def _ask(self, name: str, url: str) -> int:
        try:
            async with self._http.get(f"{url}/health/ready", timeout=_TIMEOUT) as response:
                await response.read()
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            status = 0
        if self._said.get(name) != status:
            self._said[name] = status
            self.seen.append(ReadinessChange(now(), name, status))
        return status

    def memory(self) -> list[ProcessMemory]:
        """Of each part."""
        return [_memory(name, sizes) for name, sizes in sorted(self._sizes.items())]

    def deaths(self, killed: Mapping[str, int]) -> list[UnexpectedExit]:
        """The processes that ended by themselves; `killed`: how often each was killed by us."""
        left = dict(killed)
        found = []
        for name, reason in self._stack.deaths:
            if "SIGKILL" in reason and left.get(name, 0):
                left[name] -= 1
            else:
                found.append(UnexpectedExit(name, reason))
        return found

    def dead(self) -> list[str]:
        """The services that do not run now."""
        return [name for name in self._names() if self._server_pid(name) is None]

    def _names(self) -> list[str]:
        return [f"{name}-{index}" for name, urls in self._stack.info["ops"].items() for index in range(len(urls))]

    def _server_pid(self, name: str) -> int | None:
        service, _, index = name.partition("-")
        return self._stack.server(service, int(index or 0)).pid

    def _pids(self) -> dict[str, int]:
        found = {name: self._server_pid(name) for name in (*self._names(), "kafka", "mongodb", "redis", "simulators")}
        return {name: pid for name, pid in found.items() if pid is not None}


def _memory(name: str, sizes: list[float]) -> ProcessMemory:
    quarter = max(1, len(sizes) // 4)
    return ProcessMemory(name, max(sizes), fmean(sizes[quarter : 2 * quarter] or sizes), fmean(sizes[-quarter:]))
