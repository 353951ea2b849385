"""One run: start the stack, write messages, inject faults, drain, collect evidence, check."""

import asyncio
import contextlib
import dataclasses
import shutil
import tempfile
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any

from devtools.bench.stack import apply_workspaces, print_progress
from devtools.chaos import analysis, checks
from devtools.chaos.answer_tracker import AnswerTracker, RecordReader, now
from devtools.chaos.background import http_session, run_in_background
from devtools.chaos.evidence import Evidence, WorkspaceWaits
from devtools.chaos.fault_injector import FaultInjector
from devtools.chaos.hostile import HostileTraffic, hostile_file, hostile_phones, hostile_workspace, silent_server
from devtools.chaos.log_scan import LogFindings, log_files, scan_logs
from devtools.chaos.options import REPLICAS, ChaosOptions
from devtools.chaos.process_monitor import ProcessMonitor
from devtools.chaos.report import ChaosResult
from devtools.chaos.schedule import ScheduleOptions, make_schedule
from devtools.chaos.simulator_control import SimulatorControl
from devtools.chaos.stores import STORE_ERRORS, Stores, read_with_retries
from devtools.chaos.traffic import Traffic
from devtools.chaos.workload import (
    APOLOGY,
    ChaosCustomer,
    ChaosWorkspace,
    make_customers,
    make_workspaces,
    private_texts,
    workspace_file,
)
from devtools.stack.errors import StackError
from devtools.stack.services import Service, known_services, module_command
from devtools.stack.supervisor import Stack

# Short, so that faults pass in seconds; in the order that the runtime requires: longest call < drain < rebalance. The
# grace in doubt is long enough for a service to restart and for a status to arrive.
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
_GRACE = 18.0  # seconds for a service to end on SIGTERM: longer than its drain
_PROGRESS_EVERY = 10.0  # seconds
_POLL_EVERY = 1.0
_DRAINS = 10  # times `drain` that draining may take in total, while there is progress
_SLOWEST = 10


def run(options: ChaosOptions) -> ChaosResult:
    """Do a whole run. Raises StackError if it is not possible."""
    folder = Path(tempfile.mkdtemp(prefix="parley-chaos-"))
    replicas = dict.fromkeys(known_services(), 0) | dict(REPLICAS) | dict(options.replicas)
    services = {name for name, count in replicas.items() if count}
    stack = Stack(
        dir=folder,
        fresh=True,
        restart=True,
        replicas=replicas,
        env={
            **TIMINGS,
            **_LIMITS,
            **({"WEBHOOKS_OUT_PRIVATE": "true"} if options.hostile else {}),
            "META_APP_SECRET": _SECRET,
            "META_VERIFY_TOKEN": _VERIFY,
        },
        commands=_commands(options.plant),
    )
    try:
        print_progress(f"chaos: starting the stack in {folder}")
        with stack:
            logs = Path(stack.info["logs"])
            chaos_run = _ChaosRun(stack, options, replicas)
            evidence = asyncio.run(chaos_run.run())
        scanned = chaos_run.scan_logs(log_files(logs, services))
        evidence = dataclasses.replace(
            evidence,
            lines=scanned.lines,
            leaks=scanned.private,
            unexpected=scanned.unexpected,
            warnings=scanned.warnings,
        )
        analysis.set_recovery_times(evidence)
        return chaos_run.result(evidence)
    finally:
        if options.keep:
            print_progress(f"chaos: kept {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _commands(plant: str) -> dict[str, list[str]]:
    if not plant:
        return {}
    return {
        name: module_command("devtools.chaos.planted_bugs", plant, f"services.{name}")
        for name in ("router", "ai", "delivery")
    }


class _ChaosRun:
    """The part of a run that needs an event loop."""

    def __init__(self, stack: Stack, options: ChaosOptions, replicas: Mapping[str, int]) -> None:
        self._stack = stack
        self._options = options
        self._replicas = {name: count for name, count in replicas.items() if count}
        self._workspaces: list[ChaosWorkspace] = make_workspaces(options.workspaces, sharded=options.sharded)
        self._customers: list[ChaosCustomer] = make_customers(
            options.seed, options.customer_count, options.messages, self._workspaces
        )
        self._hostile_workspace = hostile_workspace() if options.hostile else None
        self._hostile: HostileTraffic | None = None
        self._tracker = AnswerTracker(ignored=hostile_phones() if options.hostile else ())
        self._began = now()
        self._sending = self._draining = 0.0
        self._drained = False
        self._slowest: list[str] = []
        self._waits: list[WorkspaceWaits] = []
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
        """Write, inject faults, drain and return the evidence, on a running stack."""
        # Separate sessions: webhooks may hang, and must not delay control calls.
        async with http_session() as http, http_session() as hooks, silent_server() as silent:
            files = [workspace_file(workspace) for workspace in self._workspaces]
            if self._hostile_workspace is not None:
                files.append(hostile_file(self._hostile_workspace, silent))
            await apply_workspaces(self._stack.env, files)
            self._simulators = SimulatorControl(http, self._stack.info["simulators"]["url"])
            hostile = [] if self._hostile_workspace is None else [self._hostile_workspace]
            await self._simulators.configure([*self._workspaces, *hostile])
            self._traffic = Traffic(
                self._options,
                self._customers,
                self._tracker,
                hooks,
                ingress=self._ingress(),
                public=self._stack.env["PUBLIC_BASE_URL"],
                secret=_SECRET,
            )
            if self._hostile_workspace is not None:
                self._hostile = HostileTraffic(
                    self._options.seed,
                    self._options.rate,
                    hooks,
                    ingress=self._ingress(),
                    workspace=self._hostile_workspace,
                )
            self._faults = FaultInjector(self._stack, self._simulators, grace=_GRACE)
            self._reader = RecordReader(http, self._stack.info["simulators"]["url"], self._tracker)
            self._monitor = ProcessMonitor(self._stack, http, lambda: self._faults.store_unavailable)
            self._began = now()
            stores = Stores(self._stack.info, self._replicas, began=self._began)
            try:
                async with run_in_background(self._reader.run(), self._monitor.run(), self._print_progress()):
                    await self._write()
                    await self._drain(stores)
                await self._reader.read()
                await self._monitor.check_readiness()
                return await self._evidence(stores)
            finally:
                await stores.close()

    def _ingress(self) -> list[str]:
        replicas = [self._stack.server("ingress", index) for index in range(self._replicas["ingress"])]
        return [f"http://127.0.0.1:{one.listen_port}" for one in replicas if isinstance(one, Service)]

    async def _write(self) -> None:
        """Write all messages while faults are injected."""
        loop = asyncio.get_running_loop()
        began, over = loop.time(), asyncio.Event()
        faults = asyncio.create_task(self._faults.run(self._schedule, lambda: self._traffic.progress, over))
        try:
            async with run_in_background(*await self._hostile_background()):
                await self._traffic.run()
            over.set()
            self._sending = loop.time() - began
            await faults
        finally:
            faults.cancel()
            await asyncio.gather(faults, return_exceptions=True)

    async def _hostile_background(self) -> list[Coroutine[Any, Any, None]]:
        if self._hostile is None:
            return []
        await self._hostile.expire_token_at_times(self._simulators)
        return [self._hostile.run()]

    async def _drain(self, stores: Stores) -> None:
        """Wait until everything is processed, or `drain` seconds pass without progress."""
        await self._simulators.call("DELETE", "/_sim/script")
        loop = asyncio.get_running_loop()
        began = moved = loop.time()
        before: tuple[int, ...] = ()
        while not self._drained and loop.time() - moved < self._options.drain:
            if self._stack.failure is not None:
                raise StackError(self._stack.failure)
            unfinished = await self._unfinished(stores)
            self._drained = not any(unfinished)
            if unfinished != before:
                before, moved = unfinished, loop.time()
            if loop.time() - began > self._options.drain * _DRAINS:
                break
            if not self._drained:
                await asyncio.sleep(_POLL_EVERY)
        self._draining = loop.time() - began

    async def _unfinished(self, stores: Stores) -> tuple[int, ...]:
        """Return counts of unfinished work, cheapest query first, up to the first that is not 0."""
        waiting = self._tracker.awaiting_answer()
        pending = (await self._simulators.call("GET", "/_sim/counts"))["pending"]
        if waiting or pending:
            return waiting, pending
        with contextlib.suppress(*STORE_ERRORS):
            stored = len(await stores.claims()), await stores.unsettled()
            if any(stored):
                return 0, 0, *stored
            behind = sum(offset.committed != offset.end for offset in await stores.offsets())
            unready = sum(status != 200 for status in (await self._monitor.check_readiness()).values())
            return 0, 0, 0, 0, behind, unready
        return 0, 0, -1

    async def _print_progress(self) -> None:
        """Print a progress line every ten seconds."""
        while True:
            await asyncio.sleep(_PROGRESS_EVERY)
            tracker, traffic = self._tracker, self._traffic
            print_progress(
                f"chaos: {traffic.written} of {self._options.messages} written, {tracker.answered} answered, "
                f"{tracker.awaiting_answer()} in flight; fault now: {self._faults.current or 'none'}"
            )

    async def _evidence(self, stores: Stores) -> Evidence:
        tracker = self._tracker
        letters = await read_with_retries(stores.letters)
        repeated = analysis.sent_more_than_once(tracker.accepted)
        unanswered = [message.id for message in analysis.unanswered(tracker.messages, tracker.accepted)]
        taken = sorted(analysis.waits(tracker.messages, tracker.accepted), key=lambda item: -item[0])
        self._waits = analysis.waits_by_workspace(taken)
        slow = taken[:_SLOWEST]
        timelines = await read_with_retries(lambda: stores.timelines([message for _, message in slow]))
        self._slowest = [
            f"{seconds:.1f} s: {message.id} accepted at {message.accepted_at - self._began:.2f}, "
            f"{', '.join(timelines[message.id])}"
            for seconds, message in slow
        ]
        evidence = Evidence(
            messages=tracker.messages,
            accepted=tracker.accepted,
            faults=sorted(self._faults.injected, key=lambda fault: fault.number),
            order=await read_with_retries(stores.order),
            stored=await read_with_retries(stores.stored),
            offsets=await read_with_retries(stores.offsets),
            letters=letters,
            waiting=[f"Redis holds {key}" for key in await read_with_retries(stores.claims)],
            seen=self._monitor.seen,
            memory=self._monitor.memory(),
            deaths=self._monitor.deaths(self._faults.killed),
            missing_processes=self._monitor.not_running(),
            undelivered=[f"{message.id} was never accepted" for message in self._traffic.undelivered],
            decisions=await read_with_retries(lambda: stores.decisions(unanswered)),
            answered_by_ai=await read_with_retries(lambda: stores.answered_by_ai(unanswered)),
            explained=await read_with_retries(
                lambda: stores.explained([*repeated, *(letter.message for letter in letters if letter.message)])
            ),
            memory_limit=self._options.memory_limit,
            hostile={} if self._hostile is None else dict(self._hostile.statuses),
            apology=APOLOGY,
            began=self._began,
        )
        disorder = [
            message
            for one in analysis.out_of_order_sends(evidence)[: checks.SHOWN]
            for message in (one.message, one.earlier)
        ]
        explanation = await read_with_retries(lambda: stores.timelines(disorder))
        return dataclasses.replace(evidence, explained={**evidence.explained, **explanation})

    def scan_logs(self, logs: list[Path]) -> LogFindings:
        """Find personal data, secrets and unexpected errors in the logs."""
        workspaces = [*self._workspaces, *([self._hostile_workspace] if self._hostile_workspace else [])]
        secrets = {secret for workspace in workspaces for secret in workspace.secrets} | {_SECRET, _VERIFY}
        return scan_logs(
            logs,
            phones=[*(customer.phone for customer in self._customers), *self._tracker.ignored],
            words={message.echo_word for message in self._tracker.messages if message.echo_word},
            secrets=secrets | private_texts(),
        )

    def result(self, evidence: Evidence) -> ChaosResult:
        """Check the evidence and return the result."""
        traffic = self._traffic
        return ChaosResult(
            command=self._options.command,
            seed=self._options.seed,
            messages=traffic.written,
            accepted=sum(1 for message in self._tracker.messages if message.accepted_at),
            answered=self._tracker.answered,
            webhooks=traffic.webhooks,
            repeated=traffic.repeated,
            retried=traffic.retried,
            sending=round(self._sending, 1),
            draining=round(self._draining, 1),
            drained=self._drained,
            began=self._began,
            refused=dict(self._tracker.refused),
            faults=list(evidence.faults),
            checks=checks.run(evidence),
            memory=list(evidence.memory),
            slowest=self._slowest,
            waits=self._waits,
        )
