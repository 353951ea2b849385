"""All simulators as one aiohttp application, to run as a process or inside another program."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from devtools.simulators import anthropic, control, meta, msg91, openrouter, twilio
from devtools.simulators.config import Environment
from devtools.simulators.state import STATE, SimulatorState

_MAX_BODY = 32 * 1024 * 1024


def make_app(env: Environment) -> web.Application:
    """Return the application; its state is `app[HUB]`."""
    app = web.Application(client_max_size=_MAX_BODY)
    app[STATE] = SimulatorState(env)
    for module in (meta, twilio, msg91, anthropic, openrouter):
        app.add_routes(module.routes())
    app.add_routes(control.routes())
    app.cleanup_ctx.append(_send_webhooks)
    return app


async def _send_webhooks(app: web.Application) -> AsyncIterator[None]:
    await app[STATE].webhook_sender.start()
    yield
    await app[STATE].webhook_sender.stop()


@asynccontextmanager
async def run_simulators(
    env: Environment, *, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[tuple[str, SimulatorState]]:
    """Serve during the block; yield the base URL and the state. port: 0: a free one."""
    app = make_app(env)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, backlog=2048)
        await site.start()
        address = runner.addresses[0]
        app[STATE].url = f"http://{host}:{address[1]}"
        yield app[STATE].url, app[STATE]
    finally:
        await runner.cleanup()
