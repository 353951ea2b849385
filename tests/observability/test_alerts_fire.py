"""Each alert fires for its real cause on a running stack, and the commands of its runbook run as they stand.

With ALERTS_FIRE=1 only: it takes half an hour, and writes docs/alerts-fired.md when it has got through all causes. With
the names of some alerts (ALERTS_FIRE=ApiSlow,BudgetSpent) it tries those, and only prints what it finds.
"""

import asyncio
import os
import re
import shlex
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from devtools.stack.supervisor import Stack
from shared.clock import SystemClock
from tests.cli.runner import parley
from tests.e2e.shop import PrivateData
from tests.e2e.stacks import started, world_of
from tests.e2e.waiting import in_thread
from tests.e2e.world import World
from tests.observability.causes import CAUSES, NOT_PROVOKED, Cause, Scene, write
from tests.observability.conftest import PROMETHEUS, ROOT, tool_path
from tests.observability.load import everyday_traffic
from tests.observability.prometheus import PrometheusClient, run_prometheus
from tests.observability.quick_rules import write_quick_rules

_DEMAND = "ALERTS_FIRE"
_PAGE = ROOT / "docs/alerts-fired.md"
_LIMIT = 90.0  # seconds until the alerts of a cause fire, and until they end
_RULES = [
    rule
    for file in (PROMETHEUS / "rules").glob("*.yaml")
    for group in yaml.safe_load(file.read_text())["groups"]
    for rule in group["rules"]
    if "alert" in rule
]
ALERTS = {rule["alert"] for rule in _RULES}


def test_every_alert_is_provoked_or_said_not_to_be() -> None:
    provoked = [alert for cause in CAUSES for alert in cause.alerts]
    assert len(provoked) == len(set(provoked))
    assert {*provoked, *NOT_PROVOKED} == ALERTS
    assert not set(provoked) & NOT_PROVOKED.keys()


def test_rules_are_made_quick_without_another_change(tmp_path: Path) -> None:
    folder = write_quick_rules(tmp_path / "rules")
    text = (folder / "causes.yaml").read_text()
    assert "for: 2s" in text
    assert not re.search(r"\[(5m|10m|15m|30m|1h)\]", text)
    assert {
        rule["alert"]
        for file in folder.glob("*.yaml")
        for group in yaml.safe_load(file.read_text())["groups"]
        for rule in group["rules"]
        if "alert" in rule
    } == ALERTS


@dataclass
class Outcome:
    """Seconds until each alert fired; None: it did not. ended: seconds until all had ended after the repair."""

    cause: Cause
    fired: dict[str, float | None] = field(default_factory=dict)
    ended: float | None = None
    commands: int = 0
    problems: list[str] = field(default_factory=list)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    if not os.environ.get(_DEMAND):
        pytest.skip(f"NOT CHECKED: takes half an hour; run it with {_DEMAND}=1")
    env = {
        "AI_BREAKER_CALLS": "4",
        "AI_BREAKER_SECONDS": "20",
        "WEBHOOKS_OUT_PRIVATE": "true",
        "INGRESS_REJECTS_PER_IP_PER_MINUTE": "0",
        "INGRESS_ACCEPT_TIMEOUT": "2",
    }
    with started(tmp_path / "stack", None, env, replicas={"console": 1}, restart=True) as stack:
        yield stack


@pytest.fixture
def prometheus(stack: Stack, tmp_path: Path) -> Iterator[PrometheusClient]:
    folder = tmp_path / "prometheus"
    folder.mkdir()
    rules = write_quick_rules(folder / "rules")
    with run_prometheus(stack, tool_path("prometheus"), folder, rules) as prometheus:
        yield prometheus


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with world_of(stack, PrivateData()) as world:
        yield world


@pytest.mark.e2e
@pytest.mark.timeout(3600)
async def test_alerts_fire_for_their_causes_and_end_with_them(world: World, prometheus: PrometheusClient) -> None:
    webhook = {"id": "crm", "url": f"{world.sims}/nowhere", "secret": "s" * 32, "events": ["message.received"]}
    shop = await world.shop(profile={"webhooks": [webhook]})
    scene = Scene(world, shop, prometheus, {})
    await everyday_traffic(world, shop, 8)
    wanted = set(os.environ[_DEMAND].split(","))
    outcomes = []
    for cause in CAUSES:
        if "1" in wanted or wanted.intersection(cause.alerts):
            outcomes.append(await _play(cause, scene))
            print(_row(outcomes[-1]), outcomes[-1].problems, flush=True)  # noqa: T201 - progress of a long run
    if "1" in wanted:
        await in_thread(_PAGE.write_text, _page(outcomes))
    assert not [problem for one in outcomes for problem in one.problems]


async def _play(cause: Cause, scene: Scene) -> Outcome:
    outcome = Outcome(cause, dict.fromkeys(cause.alerts))
    began = time.monotonic()
    quick = {alert for alert in cause.alerts if not _is_service_level(alert)}
    while quick & await in_thread(scene.prometheus.firing) and time.monotonic() - began < _LIMIT:  # of an earlier cause
        await write(scene)
        await asyncio.sleep(0.5)
    began = time.monotonic()
    await cause.begin(scene)
    while time.monotonic() - began < _LIMIT and None in outcome.fired.values():
        await cause.keep(scene)
        for alert in await in_thread(scene.prometheus.firing):
            if alert in outcome.fired and outcome.fired[alert] is None:
                outcome.fired[alert] = time.monotonic() - began
    for alert, seconds in outcome.fired.items():
        if seconds is None:
            outcome.problems.append(f"{alert} did not fire for: {cause.what}")
        else:
            await in_thread(_diagnose, alert, scene, outcome)
    mended = time.monotonic()
    await cause.mend(scene)
    await scene.world.wait_ready("ingress", "router", "ai", "delivery", within=120.0)
    if cause.ends:
        await _wait_until_ended(cause, scene, outcome, mended)
    return outcome


async def _wait_until_ended(cause: Cause, scene: Scene, outcome: Outcome, mended: float) -> None:
    """Service levels look back for minutes and more: their alerts are not waited for."""
    left = {alert for alert in cause.alerts if not _is_service_level(alert)}
    while left & await in_thread(scene.prometheus.firing):
        if time.monotonic() - mended > 2 * _LIMIT:
            outcome.problems.append(f"after the repair there still fires {left}")
            return
        await write(scene)
        await asyncio.sleep(0.5)
    outcome.ended = time.monotonic() - mended


def _is_service_level(alert: str) -> bool:
    return any("slo" in rule["labels"] for rule in _RULES if rule["alert"] == alert)


def _diagnose(alert: str, scene: Scene, outcome: Outcome) -> None:
    """Run the queries and the `parley` commands of a runbook as they stand; some query must show something."""
    page = (ROOT / f"docs/runbooks/{alert}.md").read_text()
    shown = 0
    for block in re.findall(r"```promql\n(.*?)```", page, re.DOTALL):
        for line in block.splitlines():
            outcome.commands += 1
            shown += bool(scene.prometheus.query(line))
    if not shown:
        outcome.problems.append(f"no query of the runbook of {alert} shows anything")
    for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL):
        for line in block.splitlines():
            words = shlex.split(line.partition("|")[0], comments=True)
            if words[:1] == ["parley"] and not any(word.isupper() for word in words):
                outcome.commands += 1
                folder = Path(scene.world.stack.info["logs"]).parent
                done = parley(*words[1:], "--dir", str(folder))
                if done.code not in (0, 1) or "Traceback" in done.err:
                    outcome.problems.append(f"{alert}: {line}: {done.err[-300:]}")


def _page(outcomes: list[Outcome]) -> str:
    rows = "".join(_row(one) for one in outcomes)
    fired = sum(seconds is not None for one in outcomes for seconds in one.fired.values())
    rest = "".join(f"| `{alert}` | {reason} |\n" for alert, reason in sorted(NOT_PROVOKED.items()))
    return f"""# Alerts that were provoked

Written by `ALERTS_FIRE=1 pytest tests/observability/test_alerts_fire.py` on {SystemClock().now():%Y-%m-%d}: {fired} of
{len(ALERTS)} alerts fired for their real cause on a local stack with Prometheus. Minutes were made seconds
(`tests/observability/quick_rules.py`: `for` 2 s, windows of causes 30 s, ages 3 to 5 s), so the real delay is that of
the rule's own `for` and window. While an alert fired, the queries and `parley` commands of its runbook were run as they
stand (commands of kubectl need a cluster, and were not). "Ended" is the time after the repair; alerts on service levels
end when their windows have passed, and are not waited for.

| cause | alerts, seconds until they fired | commands run | repair | ended after |
|---|---|---|---|---|
{rows}
Not provoked:

| alert | why |
|---|---|
{rest}"""


def _row(one: Outcome) -> str:
    fired = ", ".join(
        f"`{alert}` {'did not fire' if seconds is None else f'{seconds:.0f}'}" for alert, seconds in one.fired.items()
    )
    ended = "–" if one.ended is None else f"{one.ended:.0f} s"
    return f"| {one.cause.what} | {fired} | {one.commands} | {one.cause.repair or 'it ends by itself'} | {ended} |\n"
