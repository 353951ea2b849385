"""Inject the scheduled faults: signals to processes, rules for the simulators, an emptied Redis."""

import asyncio
import contextlib
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import aiohttp
from redis.asyncio import Redis
from redis.exceptions import RedisError

from devtools.chaos.answer_tracker import now
from devtools.chaos.evidence import InjectedFault
from devtools.chaos.schedule import MODEL_FAULTS, PROVIDER_FAULTS, ScheduledFault
from devtools.chaos.simulator_control import SimulatorControl
from devtools.stack.errors import StackError
from devtools.stack.server import Server
from devtools.stack.supervisor import Stack

_POLL_EVERY = 0.1
_FREE_WITHIN = 20.0  # seconds that a fault waits for its target to be ready and without another fault
_BACK_WITHIN = 90.0  # seconds for a process to be ready again

Action = Callable[[ScheduledFault, InjectedFault], Awaitable[None]]


class FaultSkipped(Exception):
    """Raised when a fault cannot be injected; the message says why."""


class FaultInjector:
    """Injects the faults of a schedule, and ends them. grace: seconds that a service has to end on SIGTERM. killed: how
    often faults killed each process.
    """

    def __init__(self, stack: Stack, simulators: SimulatorControl, *, grace: float) -> None:
        self._stack = stack
        self._simulators = simulators
        self._grace = grace
        self._busy: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._current: dict[int, ScheduledFault] = {}
        self.injected: list[InjectedFault] = []
        self.killed: defaultdict[str, int] = defaultdict(int)

    @property
    def current(self) -> str:
        """The active faults, for the progress line."""
        return ", ".join(f"{fault.kind} {fault.target}" for fault in self._current.values())

    @property
    def store_unavailable(self) -> bool:
        """Return True while a fault affects Kafka or MongoDB."""
        return any(fault.target in ("kafka", "mongodb") for fault in self._current.values())

    async def run(self, schedule: Sequence[ScheduledFault], progress: Callable[[], float], over: asyncio.Event) -> None:
        """Inject each fault at its share of `progress` and wait for all to end.

        over: set when all messages are written; the remaining faults start then.
        """
        async with asyncio.TaskGroup() as group:
            for fault in schedule:
                while progress() < fault.at and not over.is_set():
                    await _wait_briefly(over)
                group.create_task(self._inject(fault))

    async def _inject(self, fault: ScheduledFault) -> None:
        await asyncio.sleep(fault.after)
        injected = InjectedFault(number=fault.number, kind=fault.kind, target=fault.target, what=_details(fault))
        self.injected.append(injected)
        try:
            async with self._reserve(fault.target):
                self._current[fault.number] = fault
                injected.begun = now()
                await self._action(fault)(fault, injected)
        except (FaultSkipped, StackError, aiohttp.ClientError, RedisError, OSError) as error:
            injected.note = str(error).partition("; its log")[0][:200]
            injected.done = not isinstance(error, FaultSkipped) and injected.begun > 0
        finally:
            self._current.pop(fault.number, None)
            injected.ended = now()

    @contextlib.asynccontextmanager
    async def _reserve(self, target: str) -> AsyncIterator[None]:
        """Hold the target exclusively, once it is ready. Raises FaultSkipped."""
        lock = self._busy[target]
        try:
            async with asyncio.timeout(_FREE_WITHIN):
                await lock.acquire()
        except TimeoutError:
            raise FaultSkipped(f"another fault was active on {target}") from None
        try:
            if target in self._servers() and not await self._is_back(target, _FREE_WITHIN):
                raise FaultSkipped(f"{target} was not ready")
            yield
        finally:
            lock.release()

    def _action(self, fault: ScheduledFault) -> Action:
        if fault.kind in (*PROVIDER_FAULTS, *MODEL_FAULTS):
            return self._apply_rule
        return {
            "kill": self._kill,
            "pause": self._freeze,
            "freeze": self._freeze,
            "roll": self._roll,
            "flush": self._flush,
        }.get(fault.kind, self._stop_and_restart)

    async def _kill(self, fault: ScheduledFault, injected: InjectedFault) -> None:
        name, index = _replica(fault.target)
        before = self._server(fault.target).pid
        self.killed[fault.target] += 1
        await asyncio.to_thread(self._stack.kill, name, index)
        await self._wait_until_back(fault.target, injected, previous_pid=before)

    async def _roll(self, fault: ScheduledFault, injected: InjectedFault) -> None:
        name, index = _replica(fault.target)
        ended = await asyncio.to_thread(self._stack.stop_one, name, index, grace=self._grace)
        if not ended:
            injected.note = f"did not end on SIGTERM within {self._grace:g} s"
        await asyncio.to_thread(self._stack.start_one, name, index)
        await self._wait_until_back(fault.target, injected)

    async def _freeze(self, fault: ScheduledFault, injected: InjectedFault) -> None:
        name, index = _replica(fault.target)
        self._stack.send_signal(signal.SIGSTOP, name, index)
        try:
            await asyncio.sleep(fault.seconds)
        finally:
            self._stack.send_signal(signal.SIGCONT, name, index)
        injected.lasted = now() - injected.begun

    async def _stop_and_restart(self, fault: ScheduledFault, injected: InjectedFault) -> None:
        """Stop or kill Kafka, MongoDB or Redis, and restart it after the fault's duration."""
        if fault.how == "stop":
            await asyncio.to_thread(self._stack.stop_one, fault.target)
        else:
            await asyncio.to_thread(self._stack.kill, fault.target)
        await asyncio.sleep(fault.seconds)
        await asyncio.to_thread(self._stack.restart, fault.target)
        injected.lasted = now() - injected.begun

    async def _flush(self, _fault: ScheduledFault, _injected: InjectedFault) -> None:
        redis = Redis.from_url(self._stack.info["redis"], socket_timeout=5.0)
        try:
            await redis.flushall()
        finally:
            await redis.aclose()

    async def _apply_rule(self, fault: ScheduledFault, injected: InjectedFault) -> None:
        added = await self._simulators.call("POST", "/_sim/script", fault.rule)
        try:
            await asyncio.sleep(fault.seconds)
        finally:
            for number in added["rules"]:
                rules = (await self._simulators.call("GET", "/_sim/script"))["rules"]
                hits = sum(rule["hits"] for rule in rules if rule["rule"] == number)
                injected.note = f"{hits} calls"
                await self._simulators.call("DELETE", f"/_sim/script?rule={number}")
        injected.lasted = now() - injected.begun

    async def _wait_until_back(self, target: str, injected: InjectedFault, *, previous_pid: int | None = None) -> None:
        if not await self._is_back(target, _BACK_WITHIN, previous_pid=previous_pid):
            injected.note = f"not ready within {_BACK_WITHIN:g} s"
        injected.lasted = now() - injected.begun

    async def _is_back(self, target: str, within: float, *, previous_pid: int | None = None) -> bool:
        server = self._server(target)
        loop = asyncio.get_running_loop()
        end = loop.time() + within
        while loop.time() < end:
            if self._stack.failure is not None:
                raise StackError(self._stack.failure)
            if server.pid not in (None, previous_pid) and await asyncio.to_thread(server.is_ready):
                return True
            await asyncio.sleep(_POLL_EVERY)
        return False

    def _server(self, target: str) -> Server:
        return self._stack.server(*_replica(target))

    def _servers(self) -> set[str]:
        services = {f"{name}-{index}" for name, urls in self._stack.info["ops"].items() for index in range(len(urls))}
        return services | {"kafka", "mongodb", "redis"}


async def _wait_briefly(over: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_POLL_EVERY):
            await over.wait()


def _replica(target: str) -> tuple[str, int]:
    name, _, index = target.partition("-")
    return name, int(index or 0)


def _details(fault: ScheduledFault) -> str:
    if fault.rule is not None:
        rule = fault.rule["fault"]
        details = " ".join(f"{name}={value}" for name, value in rule.items() if name != "kind")
        return f"{rule['kind']} {details} p={fault.rule['probability']:g}".replace("  ", " ")
    return fault.how
