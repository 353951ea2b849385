"""A scrape is answered within Prometheus' time limit, also while all dependencies hang.

Otherwise `up` would be 0 during an outage: its alerts would say that the services are down.
"""

import asyncio
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import aiohttp
import yaml
from pydantic import SecretStr

from shared.service.ops_port import _CHECK_LIMIT, Ops
from shared.service.process import Process
from shared.settings import Settings
from tests.conftest import Infra
from tests.repositories.test_unreachable_stores import hanging

MONITORS = Path(__file__).parents[2] / "deploy/k8s/components/monitoring/servicemonitor.yaml"
(_MONITOR,) = [one for one in yaml.safe_load_all(MONITORS.read_text()) if one["kind"] == "ServiceMonitor"]
SCRAPE_TIMEOUT = float(_MONITOR["spec"]["endpoints"][0]["scrapeTimeout"].removesuffix("s"))


async def _scrape(port: int) -> dict[str, float]:
    """Return the metrics of Parley. Raises TimeoutError as Prometheus gives up."""
    url = f"http://127.0.0.1:{port}/metrics"
    async with asyncio.timeout(SCRAPE_TIMEOUT), aiohttp.ClientSession() as http, http.get(url) as response:
        lines = (await response.text()).splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line.startswith("parley_"))}


async def _never() -> None:
    await asyncio.Event().wait()


async def test_scrape_waits_for_all_that_hang_together(port: int) -> None:
    """A process has a consumer for each topic that it reads; delivery has six."""
    ops = Ops("delivery")
    ops.wired = True
    ops.before_scrape += [_never] * 8
    ops.checks = dict.fromkeys(("kafka", "mongodb", "redis", "clock"), _never)
    assert 2 * _CHECK_LIMIT <= SCRAPE_TIMEOUT / 2, "a busy process needs the rest"
    await ops.start("127.0.0.1", port)
    try:
        assert (await _scrape(port))["parley_ready"] == 0
    finally:
        await ops.stop()


async def test_scrape_is_answered_while_all_stores_hang(infra: Infra, port: int) -> None:
    settings = Settings(
        secrets_key=SecretStr("-"),
        kafka_bootstrap_servers=infra.kafka,
        mongodb_uri=SecretStr(infra.mongodb),
        redis_url=SecretStr(infra.redis),
    )
    process = Process("router", settings)
    async with AsyncExitStack() as closing:
        closing.push_async_callback(process._closing.aclose)
        await process.mongo(indexes=False)
        await process.redis().ping()
        await process.producer()
        process.ops.wired = True
        await process.ops.start("127.0.0.1", port)
        closing.push_async_callback(process.ops.stop)
        assert (await _scrape(port))["parley_ready"] == 1
        with ExitStack() as away:
            for name in ("kafka", "mongodb", "redis"):
                away.enter_context(hanging(infra, name))
            assert (await _scrape(port))["parley_ready"] == 0
        while not (await _scrape(port))["parley_ready"]:
            pass  # Kafka's client connects anew
