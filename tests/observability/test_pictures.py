"""Pictures of the dashboards: units as Grafana writes them, every panel in its place, none without data or words.

With DASHBOARD_PICTURES=1 the pictures of docs/pictures/dashboards are drawn anew, after minutes of traffic with faults.
"""

import asyncio
import io
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from PIL import Image

from devtools.observability.dashboards import FOLDER
from devtools.observability.pictures.__main__ import TARGET, draw_all
from devtools.observability.pictures.data import Prometheus, Series, Span
from devtools.observability.pictures.draw import LARGEST, fitting, panels_in, panels_of, picture, width_of
from devtools.observability.pictures.units import UNITS, text
from devtools.simulators.webhooks import meta_webhook
from devtools.stack.supervisor import Stack
from shared.clock import SystemClock
from tests.e2e.shop import PrivateData, Shop, phone
from tests.e2e.stacks import started, world_of
from tests.e2e.waiting import in_thread
from tests.e2e.world import World
from tests.observability.conftest import tool_path
from tests.observability.load import FAQ, FLOW, broadcasts, everyday_traffic, one_failure_of_each_kind
from tests.observability.people_at_work import people_at_work
from tests.observability.prometheus import PrometheusClient, run_prometheus

_DEMAND = "DASHBOARD_PICTURES"
_MINUTES = 4.0
FILES = sorted(FOLDER.glob("*.json"))


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0, "short", "0"),
        (1234, "short", "1.23 K"),
        (0.0342, "s", "34.2 ms"),
        (95, "s", "1.58 min"),
        (0.9987, "percentunit", "99.9%"),
        (150 * 2**20, "bytes", "150 MiB"),
        (0.0421, "currencyUSD", "$0.0421"),
        (12.5, "suffix:/s", "12.5/s"),
        (float("nan"), "s", "no value"),
    ],
)
def test_values_are_written_as_grafana_does(value: float, unit: str, expected: str) -> None:
    assert text(value, unit) == expected


def test_percentage_has_the_decimals_of_its_promise() -> None:
    assert text(0.99862, "percentunit", 2) == "99.86%"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_unit_of_a_dashboard_is_known(file: Path) -> None:
    panels = (one for one in json.loads(file.read_text())["panels"] if one["type"] != "row")
    units = {one["fieldConfig"]["defaults"]["unit"] for one in panels}
    assert {unit for unit in units if not unit.startswith("suffix:")} <= UNITS.keys()


def test_dashboard_is_drawn_as_its_grid_says() -> None:
    dashboard = json.loads((FOLDER / "parley-kafka.json").read_text())
    span = Span(1_700_000_000.0, 1_700_000_600.0)
    points = tuple((span.start + 10 * n, float(n % 7)) for n in range(60))
    asked: list[str] = []

    def series_of(panel: object) -> list[Series]:
        assert isinstance(panel, dict)
        asked.append(panel["title"])
        if panel["title"] == "Members":
            return []
        return [Series(f"line {n}", {"group": "router", "topic": "inbound.messages"}, points) for n in range(9)]

    drawn = Image.open(io.BytesIO(picture(dashboard, series_of, span)))
    lines = max(one["gridPos"]["y"] + one["gridPos"]["h"] for one in dashboard["panels"])
    assert drawn.width / 24 == pytest.approx(58, abs=1)
    assert drawn.height / (lines + 2) == pytest.approx(36, abs=1)
    assert asked == [one["title"] for one in dashboard["panels"] if one["type"] != "row"]


@pytest.mark.parametrize("pixels", [40, 120, 158])
def test_long_name_leaves_room_for_its_number(pixels: int) -> None:
    name = "/var/lib/kafka/data-of-the-second-disk broker-2.kafka.example:9092"
    shown = fitting(name, pixels)
    assert width_of(shown) <= pixels < width_of(name)
    start, end = shown.split("…")
    assert name.startswith(start) and name.endswith(end)
    assert fitting("router", pixels) == "router"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_picture_of_each_dashboard_is_in_the_docs(file: Path) -> None:
    drawn = TARGET / f"{file.stem}.png"
    assert drawn.stat().st_size <= LARGEST
    assert f"pictures/dashboards/{drawn.name}" in (TARGET.parents[1] / "observability.md").read_text()
    assert panels_in(drawn) == panels_of(json.loads(file.read_text())), (
        f"the picture is of an older dashboard; draw it: {_DEMAND}=1 pytest -n0 tests/observability/test_pictures.py"
    )


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    if not os.environ.get(_DEMAND):
        pytest.skip(f"NOT CHECKED: takes minutes; run it with {_DEMAND}=1")
    env = {"AI_BREAKER_CALLS": "4", "AI_BREAKER_SECONDS": "5", "WEBHOOKS_OUT_PRIVATE": "true"}
    with started(tmp_path / "stack", None, env, replicas={"console": 1}, restart=True) as stack:
        yield stack


@pytest.fixture
def prometheus(stack: Stack, tmp_path: Path) -> Iterator[PrometheusClient]:
    folder = tmp_path / "prometheus"
    folder.mkdir()
    with run_prometheus(stack, tool_path("prometheus"), folder) as prometheus:
        yield prometheus


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with world_of(stack, PrivateData()) as world:
        yield world


@pytest.mark.e2e
@pytest.mark.timeout(900)
async def test_no_panel_is_empty_after_minutes_of_traffic_with_faults(
    world: World, prometheus: PrometheusClient
) -> None:
    webhook = {"id": "crm", "url": f"{world.sims}/nowhere", "secret": "s" * 32, "events": ["message.received"]}
    shop = await world.shop(profile={"webhooks": [webhook]}, flows=[FLOW])
    await everyday_traffic(world, shop, 4)
    began = SystemClock().now().timestamp()
    async with people_at_work(world, shop):
        await _minutes_of_traffic(world, shop)
    await asyncio.sleep(3)  # the last scrape
    span = Span(began, SystemClock().now().timestamp())
    client = Prometheus(prometheus.address, span, shop.workspace)
    assert await in_thread(draw_all, client, span, TARGET) == []


async def _minutes_of_traffic(world: World, shop: Shop) -> None:
    end = time.monotonic() + _MINUTES * 60
    faults = iter(
        (_one_of_each, _broadcast, _router_dies, _redis_is_away, _mongodb_is_away, _delivery_hangs, _one_of_each)
    )
    due = time.monotonic() + 15
    while time.monotonic() < end:
        await everyday_traffic(world, shop, 6)
        if time.monotonic() > due and (fault := next(faults, None)):
            await fault(world, shop)
            due = time.monotonic() + 20
        await asyncio.sleep(0.5)


async def _one_of_each(world: World, shop: Shop) -> None:
    await one_failure_of_each_kind(world, shop)


async def _broadcast(world: World, shop: Shop) -> None:
    await broadcasts(world, shop)


async def _router_dies(world: World, _shop: Shop) -> None:
    await in_thread(world.stack.kill, "router")


async def _redis_is_away(world: World, _shop: Shop) -> None:
    await in_thread(world.stack.kill, "redis")
    await asyncio.sleep(5)
    await in_thread(world.stack.restart, "redis")


async def _mongodb_is_away(world: World, shop: Shop) -> None:
    await in_thread(world.stack.kill, "mongodb")
    body = meta_webhook(world.item(shop, phone(), FAQ))
    await asyncio.gather(*(world.post_meta(body) for _ in range(3)))
    await asyncio.sleep(5)
    await in_thread(world.stack.restart, "mongodb")
    await world.wait_ready("ingress", "router", "ai", "delivery", within=120.0)


async def _delivery_hangs(world: World, _shop: Shop) -> None:
    await in_thread(world.stack.send_signal, signal.SIGSTOP, "delivery")
    await asyncio.sleep(10)
    await in_thread(world.stack.send_signal, signal.SIGCONT, "delivery")
