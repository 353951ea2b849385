"""Customers who write while faults are injected; everything is counted and checked as `parley chaos` does."""

import asyncio
import contextlib
import time
from collections.abc import Iterator

from devtools.bench.stack import apply_workspaces, print_progress
from devtools.chaos import analysis, checks
from devtools.chaos.answer_tracker import AnswerTracker, RecordReader
from devtools.chaos.background import http_session, run_in_background
from devtools.chaos.evidence import Evidence
from devtools.chaos.log_scan import LogFindings, scan_logs
from devtools.chaos.options import ChaosOptions
from devtools.chaos.simulator_control import SimulatorControl
from devtools.chaos.stores import STORE_ERRORS, Stores, read_with_retries
from devtools.chaos.traffic import Traffic
from devtools.chaos.workload import APOLOGY, make_customers, make_workspaces, private_texts, workspace_file
from devtools.deploy.check_result import CheckFailed
from devtools.deploy.cluster_pods.autoscaler import Autoscaler
from devtools.deploy.cluster_pods.cluster import Cluster
from devtools.deploy.cluster_pods.faults import Faults
from devtools.deploy.cluster_pods.network import PROVIDERS
from devtools.deploy.cluster_pods.production import Settings
from devtools.deploy.cluster_pods.report import tables_of

_SIMULATORS = f"http://{PROVIDERS}:443"
_QUIET = 12.0  # seconds of traffic before the first fault, between two, and after the last one
_OPTIONS = ChaosOptions(messages=20_000, customers=400, workspaces=4, rate=6.0, drain=240.0)
_SHOWN = 8
_SERVICES = ("ingress", "router", "ai", "delivery", "console")


class Load:
    """One run under load. urls: of the gateway. tables: of the report, once `run` has ended."""

    def __init__(self, cluster: Cluster, autoscaler: Autoscaler, settings: Settings, urls: list[str]) -> None:
        self._cluster = cluster
        self._settings = settings
        self._urls = urls
        self.tables = ""
        self._workspaces = make_workspaces(_OPTIONS.workspaces, sharded=False)
        self._customers = make_customers(_OPTIONS.seed, _OPTIONS.customer_count, _OPTIONS.messages, self._workspaces)
        self._tracker = AnswerTracker()
        self._faults = Faults(cluster, autoscaler)
        self._began = time.time()
        self._sending = 0.0
        self._drained = False

    def run(self) -> Iterator[str]:
        """Write, inject all faults, wait for the last answers, check. Yield the results."""
        found = asyncio.run(self._run())
        results = checks.of_messages(found)
        tracker = self._tracker
        yield (
            f"{self._traffic.written} messages in {self._sending:.0f} s, {tracker.answered} answered; "
            f"{self._traffic.webhooks} webhooks, {self._traffic.retried} sent again"
        )
        self.tables = tables_of(found, results)
        print(self.tables, flush=True)
        for result in results:
            for finding in result.findings[:_SHOWN] if not result.passed else ():
                print(f"        {result.name}: {finding}", flush=True)
        if broken := [result.name for result in results if not result.passed]:
            raise CheckFailed(f"broken under load: {', '.join(broken)}")
        if not self._drained:
            raise CheckFailed("not everything was processed in the end")

    async def _run(self) -> Evidence:
        environment = {
            "MONGODB_URI": self._cluster.stores.mongodb_uri,
            "MONGODB_DATABASE": "parley",
            "REDIS_URL": self._cluster.stores.redis_url,
            "SECRETS_KEY": f"2026a:{self._settings.secrets_key}",
        }
        await apply_workspaces(environment, [workspace_file(one) for one in self._workspaces])
        stores = Stores(self._cluster.stores.addresses, _SERVICES, began=self._began)
        async with http_session() as http, http_session() as hooks:
            simulators = SimulatorControl(http, _SIMULATORS)
            await simulators.call("DELETE", "/_sim/records")  # those of the first messages are not expected
            await simulators.configure(self._workspaces)
            self._traffic = Traffic(
                _OPTIONS,
                self._customers,
                self._tracker,
                hooks,
                ingress=self._urls,
                public=self._settings.public_url,
                secret=self._settings.app_secret,
            )
            reader = RecordReader(http, _SIMULATORS, self._tracker)
            try:
                async with run_in_background(reader.run(), self._print_progress()):
                    await self._write()
                    await self._drain(stores, simulators)
                await reader.read()
                return await self._evidence(stores)
            finally:
                await stores.close()

    async def _write(self) -> None:
        """Write messages from before the first fault until after the last one."""
        began = time.monotonic()
        traffic = asyncio.create_task(self._traffic.run())
        try:
            await asyncio.sleep(_QUIET)
            for fault in self._faults.all():
                await asyncio.to_thread(fault)
                self._cluster.check_alive()
                await asyncio.sleep(_QUIET)
        finally:
            self._traffic.stop()
            await traffic
            self._sending = time.monotonic() - began

    async def _drain(self, stores: Stores, simulators: SimulatorControl) -> None:
        """Wait until everything is processed, or too long without progress."""
        before: tuple[int, ...] = ()
        left: tuple[int, ...]
        moved = time.monotonic()
        while time.monotonic() - moved < _OPTIONS.drain:
            left = (self._tracker.awaiting_answer(), (await simulators.call("GET", "/_sim/counts"))["pending"])
            if not any(left):
                with contextlib.suppress(*STORE_ERRORS):
                    behind = sum(one.committed != one.end for one in await stores.offsets())
                    left = (0, 0, len(await stores.claims()), await stores.unsettled(), behind)
                    if not any(left):
                        self._drained = True
                        return
            if left != before:
                before, moved = left, time.monotonic()
            await asyncio.sleep(1)

    async def _print_progress(self) -> None:
        while True:
            await asyncio.sleep(30)
            tracker = self._tracker
            print_progress(f"        {self._traffic.written} written, {tracker.answered} answered, {tracker.open} open")

    async def _evidence(self, stores: Stores) -> Evidence:
        tracker = self._tracker
        letters = await read_with_retries(stores.letters)
        unanswered = analysis.unanswered(tracker.messages, tracker.accepted)
        repeated = analysis.sent_more_than_once(tracker.accepted)
        scanned = self._scan_logs()
        evidence = Evidence(
            messages=tracker.messages,
            accepted=tracker.accepted,
            faults=self._faults.injected,
            order=await read_with_retries(stores.order),
            stored=await read_with_retries(stores.stored),
            offsets=await read_with_retries(stores.offsets),
            letters=letters,
            waiting=[f"Redis holds {key}" for key in await read_with_retries(stores.claims)],
            undelivered=[f"{message.id} was never accepted" for message in self._traffic.undelivered],
            decisions=await read_with_retries(lambda: stores.decisions([message.id for message in unanswered])),
            explained=await read_with_retries(
                lambda: stores.explained([*repeated, *(letter.message for letter in letters if letter.message)])
            ),
            lines=scanned.lines,
            leaks=scanned.private,
            unexpected=scanned.unexpected,
            apology=APOLOGY,
            began=self._began,
        )
        analysis.set_recovery_times(evidence)
        return evidence

    def _scan_logs(self) -> LogFindings:
        """Find personal data, secrets and unexpected errors in what the pods wrote and the nodes still keep."""
        files = [file for node in self._cluster.nodes for file in node.logs_of_pods.glob("parley_*/*/*.log")]
        secrets = {secret for workspace in self._workspaces for secret in workspace.secrets}
        return scan_logs(
            files,
            phones=[customer.phone for customer in self._customers],
            words={message.echo_word for message in self._tracker.messages if message.echo_word},
            secrets=secrets | private_texts() | {self._settings.app_secret, self._settings.verify_token},
        )
