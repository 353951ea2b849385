"""Carries out the schedule: signals to processes, rules for the simulators, an emptied Redis."""

import asyncio
import contextlib
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import aiohttp
import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from devtools.chaos.answer_tracker import now
from devtools.chaos.evidence import InjectedFault
from devtools.chaos.schedule import MODEL_FAULTS, PROVIDER_FAULTS, ScheduledFault
from devtools.stack.errors import StackError
from devtools.stack.server import Server
from devtools.stack.supervisor import Stack

_LOOK_EVERY = 0.1
_FREE_WITHIN = 20.0  # seconds that a fault waits for its target to be up and free of another fault
_BACK_WITHIN = 90.0  # seconds for a process to be ready again

Work = Callable[[ScheduledFault, InjectedFault], Awaitable[None]]


class FaultSkipped(Exception):
    """The fault could not be carried out; the message says why."""


class FaultInjector:
    """grace: seconds that a service gets to end by itself. killed: how often each process was killed by us."""

    def __init__(self, stack: Stack, http: aiohttp.ClientSession, *, grace: float) -> None:
        self._stack = stack
        self._http = http
        self._simulators: str = stack.info["simulators"]["url"]
        self._grace = grace
        self._busy: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._current: dict[int, ScheduledFault] = {}
        self.injected: list[InjectedFault] = []
        self.killed: defaultdict[str, int] = defaultdict(int)

    @property
    def current(self) -> str:
        """What is in force now, for people."""
        return ", ".join(f"{fault.kind} {fault.target}" for fault in self._current.values())

    @property
    def away(self) -> bool:
        """Whether Kafka or MongoDB is away."""
        return any(fault.target in ("kafka", "mongodb") for fault in self._current.values())

    async def run(self, schedule: Sequence[ScheduledFault], progress: Callable[[], float], over: asyncio.Event) -> None:
        """Begin each fault when it is its turn, and wait for all ends. over: all is sent, what is left comes now."""
        async with asyncio.TaskGroup() as group:
            for fault in schedule:
                while progress() < fault.at and not over.is_set():
                    await _pause(over)
                group.create_task(self._carry_out(fault))

    async def _carry_out(self, fault: ScheduledFault) -> None:
        await asyncio.sleep(fault.after)
        injected = InjectedFault(number=fault.number, kind=fault.kind, target=fault.target, what=_words(fault))
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
        """The target for ourselves, when it is up."""
        lock = self._busy[target]
        try:
            async with asyncio.timeout(_FREE_WITHIN):
                await lock.acquire()
        except TimeoutError:
            raise FaultSkipped(f"another fault was at {target}") from None
        try:
            if target in self._servers() and not await self._is_back(target, _FREE_WITHIN):
                raise FaultSkipped(f"{target} was not ready")
            yield
        finally:
            lock.release()

    def _action(self, fault: ScheduledFault) -> Work:
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
        polite = await asyncio.to_thread(self._stack.stop_one, name, index, grace=self._grace)
        if not polite:
            injected.note = f"did not end by itself within {self._grace:g} s"
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
        """Kafka, MongoDB or Redis ends and is started again after a while."""
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
        added = await self._simulator("POST", "/_sim/script", fault.rule)
        try:
            await asyncio.sleep(fault.seconds)
        finally:
            for number in added["rules"]:
                rules = (await self._simulator("GET", "/_sim/script"))["rules"]
                hits = sum(rule["hits"] for rule in rules if rule["rule"] == number)
                injected.note = f"{hits} calls"
                await self._simulator("DELETE", f"/_sim/script?rule={number}")
        injected.lasted = now() - injected.begun

    async def _simulator(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else msgspec.json.encode(body)
        async with self._http.request(method, self._simulators + path, data=data) as response:
            response.raise_for_status()
            return msgspec.json.decode(await response.read())

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
            await asyncio.sleep(_LOOK_EVERY)
        return False

    def _server(self, target: str) -> Server:
        return self._stack.server(*_replica(target))

    def _servers(self) -> set[str]:
        services = {f"{name}-{index}" for name, urls in self._stack.info["ops"].items() for index in range(len(urls))}
        return services | {"kafka", "mongodb", "redis"}


async def _pause(over: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LOOK_EVERY):
            await over.wait()


def _replica(target: str) -> tuple[str, int]:
    name, _, index = target.partition("-")
    return name, int(index or 0)


def _words(fault: ScheduledFault) -> str:
    if fault.rule is not None:
        rule = fault.rule["fault"]
        details = " ".join(f"{name}={value}" for name, value in rule.items() if name != "kind")
        return f"{rule['kind']} {details} p={fault.rule['probability']:g}".replace("  ", " ")
    return fault.how
