"""`parley bench console resume` (P8): browsers are cut off, frozen, slowed and led to another replica, again and again,
while messages flow; at the end each shows exactly what MongoDB has.
"""

import asyncio
import itertools
import random
import time
from dataclasses import dataclass, field
from typing import ClassVar

from devtools.bench.benchmark import BenchmarkOptions, benchmark_run
from devtools.bench.console.fault_proxy import FaultProxy
from devtools.bench.console.live_replica import LiveReplica, token
from devtools.bench.console.live_screen import Database, LiveScreen
from devtools.bench.console.live_traffic import LiveTraffic
from devtools.bench.errors import BenchFailed
from devtools.bench.percentiles import P50_P95_P99, percentile
from devtools.bench.results import LOWER, NEITHER, BenchResult
from devtools.bench.stack import BenchStack
from services.console.live.cursor import decode
from services.console.live.mongo_reads import MongoReads
from shared.kafka.brokers import Brokers
from shared.kafka.producer import KafkaProducer
from shared.storage.mongo import Mongo

DATABASE = "bench_console_live"
_TABLE = "Resuming after interruptions"
FAULTS = ("killed", "other replica", "frozen", "away", "slow", "cut", "cut", "cut")
_WEIGHTS = (1, 10, 10, 10, 10, 10, 10, 10)  # a new replica takes longer than all others
_SETTLE_LIMIT = 20.0
_SILENCE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeOptions(BenchmarkOptions):
    """Options of `parley bench console resume`. drops: forced interruptions. rate: steps of the traffic per second.
    screens: browsers.
    """

    kind: ClassVar[str] = "console resume"
    about: ClassVar[str] = (
        "P8: live again within 1 s (p95) after each interruption, nothing lost, nothing fetched anew."
    )
    shown: ClassVar[tuple[str, ...]] = ("drops", "rate", "screens")

    drops: int = 40
    rate: float = 60.0
    screens: int = 2
    conversations: int = 20
    workspace: str = "acme"


@dataclass
class ResumeResult:
    """The result of a run. seconds: from the end of each fault until the screen was live again."""

    seconds: list[float] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=dict)
    events: int = 0
    frames: int = 0
    fetches: int = 0
    resyncs: dict[str, int] = field(default_factory=dict)
    resumed: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)


@dataclass
class _Run:
    options: ResumeOptions
    kafka: str
    mongo: Mongo
    redis: str
    producer: KafkaProducer
    replicas: list[LiveReplica] = field(default_factory=list)
    result: ResumeResult = field(default_factory=ResumeResult)
    names: "itertools.count[int]" = field(default_factory=itertools.count)
    alive: set[int] = field(default_factory=set)
    killing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def replica(self) -> LiveReplica:
        """Start a replica and return it."""
        made = LiveReplica(self.kafka, self.mongo, self.redis, self.producer, name=f"console-{next(self.names)}")
        await made.start()
        self.alive.add(made.port)
        return made

    async def run(self) -> ResumeResult:
        """Return what was seen."""
        options = self.options
        self.replicas = [await self.replica(), await self.replica()]
        traffic = LiveTraffic(
            self.mongo, self.producer, options.workspace, options.conversations, rng=random.Random(options.seed)
        )
        shown = await traffic.begin()
        proxies, screens = await self._screens(shown)
        tasks = [asyncio.create_task(screen.run()) for screen in screens]
        flowing = asyncio.create_task(_flow(traffic, options.rate))
        try:
            async with asyncio.timeout(_SETTLE_LIMIT):
                await asyncio.gather(*(screen.connected.wait() for screen in screens))
            await self._faults(proxies, screens)
        finally:
            flowing.cancel()
            await asyncio.wait([flowing])
        await traffic.finish()
        await self._compare(screens)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for task in tasks:
            if not task.cancelled():
                task.result()
        await asyncio.gather(*(proxy.stop() for proxy in proxies))
        await asyncio.gather(*(replica.stop() for replica in self.replicas))
        self.result.events = traffic.events
        return self.result

    async def _screens(self, shown: list[str]) -> tuple[list[FaultProxy], list[LiveScreen]]:
        proxies, screens = [], []
        for number in range(self.options.screens):
            proxy = FaultProxy(self.replicas[number % 2].port)
            await proxy.start()
            database = Database(self.mongo, MongoReads(self.mongo), self.options.workspace)
            key = token(self.options.workspace, f"screen{number}")
            screens.append(LiveScreen(database, proxy.port, key, shown, shown[:3], silence=_SILENCE))
            proxies.append(proxy)
        return proxies, screens

    async def _faults(self, proxies: list[FaultProxy], screens: list[LiveScreen]) -> None:
        """Interrupt all screens at the same time, each with its share of the drops."""
        shares = (len(range(place, self.options.drops, len(screens))) for place in range(len(screens)))
        await asyncio.gather(
            *(self._faults_of(proxies, place, screens[place], share) for place, share in enumerate(shares))
        )

    async def _faults_of(self, proxies: list[FaultProxy], place: int, screen: LiveScreen, drops: int) -> None:
        rng = random.Random(self.options.seed + place)
        for number in range(drops):
            fault = FAULTS[number] if number < len(FAULTS) else rng.choices(FAULTS, _WEIGHTS)[0]
            self.result.faults[fault] = self.result.faults.get(fault, 0) + 1
            await asyncio.sleep(rng.uniform(0.02, 0.25))
            await self._fault(fault, proxies, place, screen, rng)

    async def _fault(
        self, fault: str, proxies: list[FaultProxy], place: int, screen: LiveScreen, rng: random.Random
    ) -> None:
        proxy = proxies[place]
        if fault == "killed":
            async with self.killing:
                await self._kill(proxies, rng.randrange(2))
        elif fault == "slow":
            proxy.delay = rng.uniform(0.0, 0.1)
            await asyncio.sleep(0.3)
            proxy.delay = 0.0
        elif fault == "frozen":
            proxy.freeze()
            await asyncio.sleep(rng.uniform(0.1, 0.6))
        elif fault == "away":
            target, proxy.target = proxy.target, None
            proxy.cut()
            await asyncio.sleep(rng.uniform(0.1, 0.5))
            proxy.target = target
        elif fault == "other replica":
            proxy.target = next((port for port in self.alive if port != proxy.target), proxy.target)
        self._lead_to_living([proxy])
        screen.connected.clear()
        proxy.cut()
        proxy.thaw()
        began = time.monotonic()
        async with asyncio.timeout(_SETTLE_LIMIT):
            await screen.connected.wait()
        self.result.seconds.append(time.monotonic() - began)

    async def _kill(self, proxies: list[FaultProxy], place: int) -> None:
        """Kill a replica, lead its browsers to the other one, and start a new one."""
        killed = self.replicas[place]
        self.alive.discard(killed.port)
        self._lead_to_living(proxies)
        await killed.kill()
        self.replicas[place] = await self.replica()
        self._lead_to_living(proxies)

    def _lead_to_living(self, proxies: list[FaultProxy]) -> None:
        for proxy in proxies:
            if proxy.target is not None and proxy.target not in self.alive:
                proxy.target = min(self.alive)

    def _state(self, screen: LiveScreen) -> dict[str, object]:
        """Return what explains why a screen shows something else."""
        return {
            "cursor": decode(screen.cursor).positions if screen.cursor else None,
            "replicas": {one.port: (one.hub.tail.positions, one.hub.stats()) for one in self.replicas},
            "connections": screen.connections,
            "connected": screen.connected.is_set(),
            "resumed": screen.resumed,
        }

    async def _compare(self, screens: list[LiveScreen]) -> None:
        """Wait until each screen shows what MongoDB has; keep how it differs if it never does."""
        for screen in screens:
            differences = await screen.differences()
            end = time.monotonic() + _SETTLE_LIMIT
            while differences and time.monotonic() < end:
                await asyncio.sleep(0.1)
                differences = await screen.differences()
            if differences:
                differences.append(f"{self._state(screen)}")
            self.result.differences += differences
            self.result.frames += screen.frames
            self.result.fetches += screen.fetches
            _add(self.result.resyncs, screen.resyncs)
            _add(self.result.resumed, screen.resumed)


async def resume(
    options: ResumeOptions, *, kafka: str, mongo: Mongo, redis: str, producer: KafkaProducer
) -> ResumeResult:
    """Run the faults and return what was seen."""
    return await _Run(options, kafka, mongo, redis, producer).run()


async def _flow(traffic: LiveTraffic, rate: float) -> None:
    """Let traffic flow, forever."""
    while True:
        traffic.start_step()
        await asyncio.sleep(1 / rate)


def _add(totals: dict[str, int], more: dict[str, int]) -> None:
    for name, count in more.items():
        totals[name] = totals.get(name, 0) + count


def run(options: ResumeOptions) -> BenchResult:
    """Return the figures. Raises BenchFailed when a screen differs from the database in the end."""
    with benchmark_run(options, {}, [], simulators=False) as (stack, result):
        found = asyncio.run(_with_servers(options, stack))
    result.add(_TABLE, "all", "interruptions", len(found.seconds), better=NEITHER)
    result.add(_TABLE, "all", "events", found.events, better=NEITHER)
    result.add(_TABLE, "all", "frames", found.frames, better=NEITHER)
    result.add(_TABLE, "all", "differences", len(found.differences), better=LOWER)
    result.add(_TABLE, "all", "fetches", found.fetches, better=LOWER)
    for name, share in P50_P95_P99:
        result.add(_TABLE, "live again", f"{name} s", percentile(found.seconds, share), better=LOWER)
    result.add(_TABLE, "live again", "max s", max(found.seconds), better=LOWER)
    result.notes.append(f"faults: {found.faults}; resumed: {found.resumed}; fetched anew: {found.resyncs}")
    if found.differences:
        raise BenchFailed(f"{len(found.differences)} differences, such as {found.differences[0]}")
    return result


async def _with_servers(options: ResumeOptions, stack: BenchStack) -> ResumeResult:
    mongo = Mongo(stack.info["mongodb"], DATABASE)
    producer = KafkaProducer(Brokers(stack.info["kafka"]), "bench")
    await producer.start()
    try:
        return await resume(
            options, kafka=stack.info["kafka"], mongo=mongo, redis=stack.info["redis"], producer=producer
        )
    finally:
        await producer.stop()
        await mongo.close()
