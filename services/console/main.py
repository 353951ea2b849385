"""Wires the console: settings → parts → run."""

import asyncio
import gc
from functools import partial

from services.console.app import make_app
from services.console.auth.accounts import make_accounts
from services.console.auth.authenticator import StoredAccounts
from services.console.auth.signing_keys import SigningKeys
from services.console.customer_jobs import customer_job_worker
from services.console.live.wiring import make_hub
from services.console.mail import Mailer
from services.console.pages import Cursors
from services.console.parts import Parts
from services.console.server import make_server
from services.console.token_buckets import TokenBuckets
from shared.http.server import Server, allow_connections
from shared.kafka.brokers import brokers_of
from shared.kafka.lag.meter import LagMeter
from shared.kafka.lag.on_request import LagOnRequest
from shared.operations.accounts.releases import ConversationReleases
from shared.operations.dead_letters.indexer import DeadLetterIndexer
from shared.operations.statistics import StatisticsCounter
from shared.periodic import repeat
from shared.repositories.workspaces import Workspaces
from shared.service.process import Process, run
from shared.topics import GROUP_TOPICS

_COUNT_EVERY = 60.0  # seconds between two looks at which statistics are due
_RELEASE_EVERY = 5.0  # seconds between two looks for conversations of agents who can answer no more
# New objects before the collector looks at them. A file with a flow of 300 steps or 2,000 FAQs becomes so many at once;
# they have no cycles, and with the usual 700 each edit of such a flow waits 7 ms for collections.
_NEW_OBJECTS = 100_000


async def wire(process: Process) -> None:
    """Build and register the parts of a console process."""
    settings = process.settings
    mongo = await process.mongo()
    redis = process.redis()
    accounts = make_accounts(
        settings, process.clock, mongo, redis, process.secrets(), keys=SigningKeys(settings.signing_keys)
    )
    producer, _ = await asyncio.gather(process.producer(), accounts.passwords.prepare())
    lag = _lag(process)
    live = make_hub(process, mongo, accounts.sessions)
    parts = Parts(
        settings=settings,
        clock=process.clock,
        mongo=mongo,
        redis=redis,
        producer=producer,
        secrets=process.secrets(),
        authenticator=StoredAccounts(accounts, mongo, process.clock),
        accounts=accounts,
        workspaces=Workspaces(mongo, process.clock),
        cursors=Cursors(list(settings.secret_keys.values())),
        buckets=TokenBuckets(redis, process.clock),
        readiness=process.ops.readiness,
        live=live,
        lag=lag,
    )
    allow_connections(settings.console_max_connections)
    listening = make_server(make_app(parts), settings)
    process.part(partial(_serve, listening, accounts.mailer))
    process.part(live.run)
    jobs = customer_job_worker(mongo, parts.workspaces, process.clock)
    process.part(jobs.run_until)
    process.ops.stats["jobs"] = jobs.stats
    process.part(DeadLetterIndexer(brokers_of(settings), mongo).run)
    process.ops.stats["live"] = live.stats
    process.part(partial(repeat, StatisticsCounter(mongo, process.clock).count_all, every=_COUNT_EVERY))
    releases = ConversationReleases(mongo, producer, process.clock)
    process.part(partial(repeat, releases.run, every=_RELEASE_EVERY))
    process.ops.stats["http"] = listening.stats
    process.ops.started["http"] = lambda: listening.started


async def _serve(listening: Server, mailer: Mailer | None, stop: asyncio.Event) -> None:
    """Serve until `stop` is set; the last requests may still have e-mails sent."""
    if mailer is None:
        await listening.run_until(stop)
        return
    over = asyncio.Event()
    mailing = asyncio.create_task(mailer.run_until(over))
    try:
        await listening.run_until(stop)
    finally:
        over.set()
        await mailing


def _lag(process: Process) -> LagOnRequest:
    lag = LagOnRequest(LagMeter(brokers_of(process.settings), GROUP_TOPICS, process.clock), process.clock)
    process.closing(lag.close)
    return lag


def main() -> int:
    """Run the process; return its exit code."""
    gc.set_threshold(_NEW_OBJECTS, 10, 10)
    return run("console", wire, secrets_key=True)
