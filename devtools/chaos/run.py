"""One run, from an empty directory to the verdict."""

import asyncio
import contextlib
import dataclasses
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from devtools.bench.stack import apply_workspaces, print_progress
from devtools.chaos import analysis, checks, stores
from devtools.chaos.answer_tracker import AnswerTracker, RecordReader, now
from devtools.chaos.background import http_session, read_with_retries, run_in_background
from devtools.chaos.evidence import Evidence
from devtools.chaos.fault_injector import FaultInjector
from devtools.chaos.options import REPLICAS, ChaosOptions
from devtools.chaos.process_monitor import ProcessMonitor
from devtools.chaos.report import ChaosResult
from devtools.chaos.schedule import ScheduleOptions, make_schedule
from devtools.chaos.traffic import Traffic
from devtools.chaos.workload import (
    APOLOGY,
    ChaosCustomer,
    ChaosWorkspace,
    make_customers,
    make_workspaces,
    private_words,
    workspace_file,
)
from devtools.stack.errors import StackError
from devtools.stack.services import Service, known_services, module
from devtools.stack.supervisor import Stack

# Short, so that faults pass in seconds; in the order that the runtime wants: longest call < drain < rebalance. The
# grace leaves room for the restart of a service: a status must be able to come in.
TIMINGS = {
    "IN_DOUBT_GRACE": "6",
    "SEND_TIMEOUT": "2.5",
    "AI_DEADLINE": "10",
    "DRAIN_TIMEOUT": "12",
    "REBALANCE_TIMEOUT": "14",
    "SESSION_TIMEOUT": "3",
}
_LIMITS = {"INGRESS_MESSAGES_PER_SENDER_PER_MINUTE": "0", "INGRESS_REJECTS_PER_IP_PER_MINUTE": "0"}
_SECRET, _VERIFY = "chaos-platform-app-secret", "chaos-platform-verify-token"
_GRACE = 18.0  # seconds for a service to end by itself: longer than its drain
_PROGRESS = 10.0  # seconds
_LOOK_EVERY = 1.0
_DRAINS = 10  # times the limit that a drain may take in all, while things move
_SLOWEST = 10
# Statuses come twice, in any order, and are posted for as long as an outage may last.
_STATUSES = {"duplicates": 1, "status_order": "shuffled", "retries": 1000}
_SIMULATORS = {
    "meta": {"latency": 0.02, "jitter": 0.05, **_STATUSES},
    "twilio": {"latency": 0.02, "jitter": 0.05, **_STATUSES},
    "anthropic": {"latency": 0.2, "jitter": 0.5},
}


def run(options: ChaosOptions) -> ChaosResult:
    """Start everything, do it, end everything. Raises StackError when that could not be done."""
    folder = Path(tempfile.mkdtemp(prefix="parley-chaos-"))
    replicas = dict.fromkeys(known_services(), 0) | dict(REPLICAS) | dict(options.replicas)
    services = {name for name, count in replicas.items() if count}
    stack = Stack(
        dir=folder,
        fresh=True,
        restart=True,
        replicas=replicas,
        env=TIMINGS | _LIMITS | {"META_APP_SECRET": _SECRET, "META_VERIFY_TOKEN": _VERIFY},
        commands=_commands(options.plant),
    )
    try:
        print_progress(f"chaos: starting the stack in {folder}")
        with stack:
            logs = Path(stack.info["logs"])
            this = _ChaosRun(stack, options, replicas)
            evidence = asyncio.run(this.run())
        said = this.read_logs(stores.logs(logs, services))
        evidence = dataclasses.replace(evidence, lines=said.lines, leaks=said.private, unexpected=said.unexpected)
        analysis.set_recovery_times(evidence)
        return this.result(evidence)
    finally:
        if options.keep:
            print_progress(f"chaos: kept {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _commands(plant: str) -> dict[str, list[str]]:
    if not plant:
        return {}
    return {
        name: module("devtools.chaos.planted_bugs", plant, f"services.{name}") for name in ("router", "ai", "delivery")
    }


class _ChaosRun:
    """The part that needs an event loop."""

    def __init__(self, stack: Stack, options: ChaosOptions, replicas: Mapping[str, int]) -> None:
        self._stack = stack
        self._options = options
        self._replicas = {name: count for name, count in replicas.items() if count}
        self._shops: list[ChaosWorkspace] = make_workspaces(options.workspaces, sharded=options.sharded)
        self._customers: list[ChaosCustomer] = make_customers(
            options.seed, options.customer_count, options.messages, self._shops
        )
        self._ledger = AnswerTracker()
        self._began = now()
        self._sending = self._draining = 0.0
        self._drained = False
        self._slowest: list[str] = []
        self._schedule = make_schedule(
            ScheduleOptions(
                seed=options.seed,
                count=options.faults,
                kinds=options.kinds,
                replicas=self._replicas,
                outage_seconds=options.outage_seconds,
            )
        )

    async def run(self) -> Evidence:
        """Everything between the start of the stack and its end."""
        await apply_workspaces(self._stack, [workspace_file(shop) for shop in self._shops])
        # One for what must go through at once, one for the webhooks, which may hang.
        async with http_session() as http, http_session() as hooks:
            await self._configure_simulators(http)
            self._traffic = Traffic(
                self._options,
                self._customers,
                self._ledger,
                hooks,
                ingress=self._ingress(),
                public=self._stack.env["PUBLIC_BASE_URL"],
                secret=_SECRET,
            )
            self._faults = FaultInjector(self._stack, http, grace=_GRACE)
            self._reader = RecordReader(http, self._stack.info["simulators"]["url"], self._ledger)
            self._watch = ProcessMonitor(self._stack, http, lambda: self._faults.away)
            self._began = now()
            databases = stores.Stores(self._stack, self._replicas, began=self._began)
            try:
                async with run_in_background(self._reader.run(), self._watch.run(), self._tell()):
                    await self._write()
                    await self._drain(http, databases)
                await self._reader.read()
                await self._watch.check_readiness()
                return await self._evidence(databases)
            finally:
                await databases.close()

    def _ingress(self) -> list[str]:
        replicas = [self._stack.server("ingress", index) for index in range(self._replicas["ingress"])]
        return [f"http://127.0.0.1:{one.listen_port}" for one in replicas if isinstance(one, Service)]

    async def _configure_simulators(self, http: aiohttp.ClientSession) -> None:
        for shop in self._shops:
            number = {
                "phone_number_id": shop.number.phone_number_id,
                "display_phone_number": shop.number.display_phone_number,
                "waba_id": shop.number.waba_id,
                "access_token": shop.access_token,
                "app_secret": shop.app_secret,
                "path": shop.path,
            }
            await self._control(http, "POST", "/_sim/meta/numbers", number)
            account = {"account_sid": shop.account_sid, "auth_token": shop.auth_token}
            await self._control(http, "POST", "/_sim/twilio/accounts", account)
        await self._control(http, "POST", "/_sim/config", _SIMULATORS)

    async def _control(self, http: aiohttp.ClientSession, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else msgspec.json.encode(body)
        async with http.request(method, self._stack.info["simulators"]["url"] + path, data=data) as response:
            answer = await response.read()
            if response.status != 200:
                raise StackError(f"the simulators refuse {path}: {answer[:200]!r}")
            return msgspec.json.decode(answer)

    async def _write(self) -> None:
        """The traffic and the faults, side by side."""
        loop = asyncio.get_running_loop()
        began, over = loop.time(), asyncio.Event()
        faults = asyncio.create_task(self._faults.run(self._schedule, lambda: self._traffic.progress, over))
        try:
            await self._traffic.run()
            over.set()
            self._sending = loop.time() - began
            await faults
        finally:
            faults.cancel()
            await asyncio.gather(faults, return_exceptions=True)

    async def _drain(self, http: aiohttp.ClientSession, databases: stores.Stores) -> None:
        """Wait until nothing is under way any more, or nothing moves any more for as long as the limit says."""
        await self._control(http, "DELETE", "/_sim/script")
        loop = asyncio.get_running_loop()
        began = moved = loop.time()
        before: tuple[int, ...] = ()
        while not self._drained and loop.time() - moved < self._options.drain:
            if self._stack.failure is not None:
                raise StackError(self._stack.failure)
            left = await self._under_way(http, databases)
            self._drained = not any(left)
            if left != before:
                before, moved = left, loop.time()
            if loop.time() - began > self._options.drain * _DRAINS:
                break
            if not self._drained:
                await asyncio.sleep(_LOOK_EVERY)
        self._draining = loop.time() - began

    async def _under_way(self, http: aiohttp.ClientSession, databases: stores.Stores) -> tuple[int, ...]:
        """How much is left of each thing, from the cheapest question to the dearest, up to the first that is left."""
        waiting = self._ledger.waiting()
        pending = (await self._control(http, "GET", "/_sim/counts"))["pending"]
        if waiting or pending:
            return waiting, pending
        with contextlib.suppress(*stores.STORE_ERRORS):
            stored = len(await databases.claims()), await databases.unsettled()
            if any(stored):
                return 0, 0, *stored
            behind = sum(offset.committed != offset.end for offset in await databases.offsets())
            unready = sum(status != 200 for status in (await self._watch.check_readiness()).values())
            return 0, 0, 0, 0, behind, unready
        return 0, 0, -1

    async def _tell(self) -> None:
        """A line for people, every ten seconds."""
        while True:
            await asyncio.sleep(_PROGRESS)
            tracker, traffic = self._ledger, self._traffic
            print_progress(
                f"chaos: {traffic.written} of {self._options.messages} written, {tracker.answered} answered, "
                f"{tracker.waiting()} in flight; fault now: {self._faults.current or 'none'}"
            )

    async def _evidence(self, databases: stores.Stores) -> Evidence:
        tracker = self._ledger
        letters = await read_with_retries(databases.letters)
        repeated = analysis.sent_more_than_once(tracker.accepted)
        unanswered = analysis.unanswered(tracker.asked, tracker.accepted)
        slow = analysis.slowest(tracker.asked, tracker.accepted, _SLOWEST)
        timelines = await read_with_retries(lambda: databases.timelines([asked for _, asked in slow]))
        self._slowest = [
            f"{seconds:.1f} s: {asked.id} accepted at {asked.accepted_at - self._began:.2f}, "
            f"{', '.join(timelines[asked.id])}"
            for seconds, asked in slow
        ]
        evidence = Evidence(
            asked=tracker.asked,
            accepted=tracker.accepted,
            faults=sorted(self._faults.injected, key=lambda fault: fault.number),
            order=await read_with_retries(databases.order),
            stored=await read_with_retries(databases.stored),
            offsets=await read_with_retries(databases.offsets),
            letters=letters,
            waiting=[f"Redis holds {key}" for key in await read_with_retries(databases.claims)],
            seen=self._watch.seen,
            memory=self._watch.memory(),
            deaths=self._watch.deaths(self._faults.killed),
            missing_processes=self._watch.dead(),
            undelivered=[f"{asked.id} was never accepted" for asked in self._traffic.undelivered],
            decisions=await read_with_retries(lambda: databases.decisions([asked.id for asked in unanswered])),
            explained=await read_with_retries(
                lambda: databases.explained([*repeated, *(letter.message for letter in letters if letter.message)])
            ),
            memory_limit=self._options.memory_limit,
            apology=APOLOGY,
            began=self._began,
        )
        disorder = [
            asked for one in analysis.out_of_order_sends(evidence)[: checks.SHOWN] for asked in (one.asked, one.earlier)
        ]
        told = await read_with_retries(lambda: databases.timelines(disorder))
        return dataclasses.replace(evidence, explained={**evidence.explained, **told})

    def read_logs(self, logs: list[Path]) -> stores.LogFindings:
        """What the logs say that they must not."""
        secrets = {secret for shop in self._shops for secret in shop.secrets} | {_SECRET, _VERIFY}
        return stores.read_logs(
            logs,
            phones=[customer.phone for customer in self._customers],
            words={asked.echo_word for asked in self._ledger.asked if asked.echo_word},
            secrets=secrets | private_words(),
        )

    def result(self, evidence: Evidence) -> ChaosResult:
        """The verdict."""
        traffic = self._traffic
        return ChaosResult(
            command=self._options.command,
            seed=self._options.seed,
            messages=traffic.written,
            accepted=sum(1 for asked in self._ledger.asked if asked.accepted_at),
            answered=self._ledger.answered,
            webhooks=traffic.webhooks,
            repeated=traffic.repeated,
            retried=traffic.retried,
            sending=round(self._sending, 1),
            draining=round(self._draining, 1),
            drained=self._drained,
            began=self._began,
            refused=dict(self._ledger.refused),
            faults=list(evidence.faults),
            checks=checks.run(evidence),
            memory=list(evidence.memory),
            slowest=self._slowest,
        )
