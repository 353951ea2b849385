"""Wires ingress: settings → parts → run."""

from services.ingress.accept import Acceptor
from services.ingress.app import IngressApp
from services.ingress.files import Files
from services.ingress.rate_limit import WindowLimiter
from services.ingress.webhooks import RequestLimits, Webhooks
from shared.http import server
from shared.http.asgi import App
from shared.http.connection import ConnectionLimits
from shared.operations.media.links import file_links_of
from shared.repositories.directory import Directory
from shared.repositories.identity_cache import IdentityCache
from shared.repositories.webhook_marks import WebhookMarks
from shared.service.process import Process, run
from shared.settings import Settings
from shared.telemetry import logging

log = logging.get(__name__)


def make_server(app: App, settings: Settings) -> server.Server:
    """Return a server of `app` on INGRESS_PORT."""
    bounds = ConnectionLimits(
        header_timeout=settings.ingress_header_timeout,
        keep_alive=settings.ingress_keep_alive,
        connections=settings.ingress_max_connections,
        header_bytes=settings.ingress_max_header_bytes,
    )
    return server.make_server(
        app,
        bounds,
        host=settings.bind_host,
        port=settings.ingress_port,
        proxies=settings.ingress_trusted_proxies,
    )


def without_meta(settings: Settings) -> str:
    """Return what `/webhooks/meta` cannot do, for want of a setting; empty: it is complete. Paths of workspaces use the
    secrets of their channels.
    """
    wanted = {"META_APP_SECRET": settings.meta_app_secret, "META_VERIFY_TOKEN": settings.meta_verify_token}
    lacks = {
        "META_APP_SECRET": "/webhooks/meta refuses all messages",
        "META_VERIFY_TOKEN": "Meta cannot register /webhooks/meta",
    }
    missing = [f"{name} is missing, so {lacks[name]}" for name, value in wanted.items() if not value.get_secret_value()]
    return "; ".join([*missing, "only /webhooks/meta/WORKSPACE works"]) if missing else ""


async def wire(process: Process) -> None:
    """Build and register the parts of an ingress process."""
    settings = process.settings
    if why := without_meta(settings):
        log.warning(why)
    mongo = await process.mongo(indexes=False, required=False)
    redis = process.redis()
    producer = await process.producer()
    directory = Directory(mongo, redis, process.secrets(), process.clock)
    senders = WindowLimiter("sender", settings.ingress_messages_per_sender_per_minute, redis, process.clock)
    refusals = WindowLimiter("refused", settings.ingress_rejects_per_ip_per_minute, redis, process.clock)
    limits = RequestLimits(
        max_body=settings.ingress_max_body_bytes,
        max_buffered=settings.ingress_max_buffered_bytes,
        body_timeout=settings.ingress_body_timeout,
        accept_timeout=settings.ingress_accept_timeout,
    )
    identities = IdentityCache(mongo, process.clock)
    marks = WebhookMarks(redis, process.clock)
    acceptor = Acceptor(directory, identities, producer, process.clock, senders, marks=marks)
    webhooks = Webhooks(directory, acceptor, refusals, settings, limits, process.clock, marks=marks)
    server.allow_connections(settings.ingress_max_connections)
    listening = make_server(IngressApp(webhooks, Files(file_links_of(settings), mongo, process.clock)), settings)
    process.part(identities.run)
    process.part(senders.run)
    process.part(refusals.run)
    process.part(listening.run_until)
    process.ops.started["http"] = lambda: listening.started


def main() -> int:
    """Run the process; return its exit code."""
    return run("ingress", wire, secrets_key=True)
