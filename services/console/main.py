"""Wires the console: settings → parts → run."""

from services.console.app import make_app
from services.console.authenticator import NobodyKnown
from services.console.pages import Cursors
from services.console.parts import Parts
from services.console.server import make_server
from services.console.token_buckets import TokenBuckets
from shared.http.server import allow_connections
from shared.repositories.workspaces import Workspaces
from shared.service.process import Process, run


async def wire(process: Process) -> None:
    """Build and register the parts of a console process."""
    settings = process.settings
    mongo = await process.mongo()
    redis = process.redis()
    producer = await process.producer()
    parts = Parts(
        settings=settings,
        clock=process.clock,
        mongo=mongo,
        redis=redis,
        producer=producer,
        secrets=process.secrets(),
        authenticator=NobodyKnown(),
        workspaces=Workspaces(mongo, process.clock),
        cursors=Cursors(list(settings.secret_keys.values())),
        buckets=TokenBuckets(redis, process.clock),
        readiness=process.ops.readiness,
    )
    allow_connections(settings.console_max_connections)
    listening = make_server(make_app(parts), settings)
    process.part(listening.run_until)
    process.ops.started["http"] = lambda: listening.started


def main() -> int:
    """Run the process; return its exit code."""
    return run("console", wire, secrets_key=True)
