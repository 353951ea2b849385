"""Each alert fires for its real cause on a running stack, its runbook's commands show the cause, and it ends.

With ALERTS_FIRE=1 only: it takes half an hour. With the names of some alerts (ALERTS_FIRE=ApiSlow,BudgetSpent) or of a
group of causes it plays those. Both replace the entries of the alerts that passed in docs/alerts-fired.json.
"""

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.clock import SystemClock
from tests.e2e.crm import SECRET, run_crm
from tests.e2e.shop import PrivateData
from tests.e2e.small_disk import small_disk
from tests.e2e.stacks import started, world_of
from tests.e2e.waiting import in_thread
from tests.observability import fired
from tests.observability.causes import CAUSES, GROUPS, NOT_PROVOKED
from tests.observability.conftest import PROMETHEUS, tool_path
from tests.observability.load import everyday_traffic
from tests.observability.prometheus import run_prometheus
from tests.observability.quick_rules import write_quick_rules
from tests.observability.runbook import Desk
from tests.observability.scene import Cause, Group, Scene, write

_DEMAND = "ALERTS_FIRE"
_LIMIT = 90.0  # seconds until the alerts of an earlier cause have ended
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


def test_record_has_the_causes_of_today_and_the_page_is_made_from_it() -> None:
    known = fired.read_record()
    causes = {alert: cause.what for cause in CAUSES for alert in cause.alerts}
    assert {alert: one.cause for alert, one in known.items()}.items() <= causes.items(), "play a changed cause again"
    assert fired.page(known, _without_row()) == fired.PAGE.read_text()


def _without_row() -> dict[str, str]:
    """Return the alerts without an entry, with the reason."""
    known = fired.read_record()
    causes = {alert: cause.what for cause in CAUSES for alert in cause.alerts if alert not in known}
    return {alert: f"no run of its cause has passed yet ({what})" for alert, what in causes.items()} | NOT_PROVOKED


def test_rules_are_made_quick_without_another_change(tmp_path: Path) -> None:
    folder = write_quick_rules(tmp_path / "rules")
    text = (folder / "causes.yaml").read_text()
    assert "for: 2s" in text
    assert not re.search(r"\[(2m|5m|10m|15m|30m|1h|6h)\]|offset 1[dw]", text)
    assert {
        rule["alert"]
        for file in folder.glob("*.yaml")
        for group in yaml.safe_load(file.read_text())["groups"]
        for rule in group["rules"]
        if "alert" in rule
    } == ALERTS


@dataclass
class Outcome:
    """The result of a cause, by alert: seconds until it fired, commands that were run, and problems. ended: seconds
    after the repair.
    """

    fired: dict[str, float] = field(default_factory=dict)
    commands: dict[str, int] = field(default_factory=dict)
    problems: dict[str, list[str]] = field(default_factory=dict)
    ended: float | None = None


@pytest.mark.e2e
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name.replace(" ", "-"))
async def test_alerts_fire_for_their_causes_and_end_with_them(group: Group, tmp_path: Path) -> None:
    wanted = set(os.environ.get(_DEMAND, "").split(","))
    causes = [one for one in group.causes if wanted & {"1", group.name, *one.alerts}]
    if not causes:
        pytest.skip(f"NOT CHECKED: takes half an hour; run it with {_DEMAND}=1")
    problems = []
    async with _scene(group, tmp_path) as scene:
        await everyday_traffic(scene.world, scene.shop, 8)
        for cause in causes:
            print(f"\n== {cause.what}", flush=True)  # noqa: T201 - progress of a long run
            outcome = await _play(cause, scene)
            print(outcome, flush=True)  # noqa: T201
            fired.add_to_record(_passed(cause, outcome))
            problems += [f"{alert}: {one}" for alert, some in outcome.problems.items() for one in some]
    fired.write_page(_without_row())
    assert not problems


@asynccontextmanager
async def _scene(group: Group, folder: Path) -> AsyncIterator[Scene]:
    env = {"WEBHOOKS_OUT_PRIVATE": "true", "INGRESS_REJECTS_PER_IP_PER_MINUTE": "0", **group.env}
    prometheus_folder = folder / "prometheus"
    prometheus_folder.mkdir()
    rules = write_quick_rules(prometheus_folder / "rules")
    async with AsyncExitStack() as opened:
        if group.disk:
            opened.enter_context(small_disk(folder / ".parley", group.disk))
        stack = opened.enter_context(
            started(folder / ".parley", None, env, replicas={"console": int(group.console)}, restart=True)
        )
        crm = await opened.enter_async_context(run_crm())
        prometheus = opened.enter_context(run_prometheus(stack, tool_path("prometheus"), prometheus_folder, rules))
        world = await opened.enter_async_context(world_of(stack, PrivateData()))
        webhook = {"id": "crm", "url": crm.url, "secret": SECRET, "events": ["message.received"]}
        shop = await world.shop(profile={"webhooks": [webhook]})
        yield Scene(world, shop, crm, prometheus, Desk(stack, prometheus, folder))


async def _play(cause: Cause, scene: Scene) -> Outcome:
    outcome = Outcome(problems={alert: [] for alert in cause.alerts})
    await cause.prepare(scene)
    began = time.monotonic()
    quick = {alert for alert in cause.alerts if not _is_service_level(alert)}
    while quick & await in_thread(scene.prometheus.firing) and time.monotonic() - began < _LIMIT:  # of an earlier cause
        await write(scene)
        await asyncio.sleep(0.5)
    for alert in cause.alerts.keys() & await in_thread(scene.prometheus.firing):
        outcome.problems[alert].append("fires already, for an earlier cause")
    began = time.monotonic()
    await cause.begin(scene)
    found: dict[str, dict[str, str]] = {}
    while time.monotonic() - began < cause.limit and found.keys() != cause.alerts.keys():
        await cause.keep(scene)
        for one in await in_thread(scene.prometheus.alerts):
            alert = one["labels"]["alertname"]
            if alert not in found and _is_expected(one, cause):
                found[alert] = one["labels"]
                outcome.fired[alert] = time.monotonic() - began
        await asyncio.sleep(0.2)
    for alert in cause.alerts:
        if alert in found:
            await in_thread(_diagnose, alert, cause, found[alert], scene.desk, outcome)
        else:
            outcome.problems[alert].append("did not fire")
    mended = time.monotonic()
    await cause.mend(scene)
    await scene.world.wait_ready("ingress", "router", "ai", "delivery", within=120.0)
    if cause.ends:
        await _wait_until_ended(cause, scene, outcome, mended)
    return outcome


def _is_expected(alert: dict[str, Any], cause: Cause) -> bool:
    sign = cause.alerts.get(alert["labels"]["alertname"])
    return sign is not None and bool(re.search(sign.names, alert["annotations"]["summary"]))


def _diagnose(alert: str, cause: Cause, labels: dict[str, str], desk: Desk, outcome: Outcome) -> None:
    print(f"-- {alert} {labels} after {outcome.fired[alert]:.0f} s", flush=True)  # noqa: T201
    found = desk.diagnose(alert, labels)
    outcome.commands[alert] = found.commands
    outcome.problems[alert] += found.problems
    shown = re.sub(r"<(\w+)>", lambda label: re.escape(labels[label[1]]), cause.alerts[alert].shows)
    if not re.search(shown, found.output):
        outcome.problems[alert].append("its runbook's commands do not show the cause")


async def _wait_until_ended(cause: Cause, scene: Scene, outcome: Outcome, mended: float) -> None:
    """Service levels look back for minutes and more: their alerts are not waited for."""
    quick = {alert for alert in cause.alerts if not _is_service_level(alert)}
    while left := quick & await in_thread(scene.prometheus.firing):
        if time.monotonic() - mended > 2 * _LIMIT:
            for alert in left:
                outcome.problems[alert].append("still fires after the repair")
            return
        await write(scene)
        await asyncio.sleep(0.5)
    outcome.ended = time.monotonic() - mended


def _is_service_level(alert: str) -> bool:
    return any("slo" in rule["labels"] for rule in _RULES if rule["alert"] == alert)


def _passed(cause: Cause, outcome: Outcome) -> dict[str, fired.Fired]:
    """Return the entries of the alerts that had no problem."""
    ended = None if outcome.ended is None else round(outcome.ended)
    return {
        alert: fired.Fired(
            on=f"{SystemClock().now():%Y-%m-%d}",
            cause=cause.what,
            seconds=round(seconds),
            commands=outcome.commands[alert],
            repair=cause.repair,
            ended=None if _is_service_level(alert) else ended,
            stand_in=cause.stand_in,
        )
        for alert, seconds in outcome.fired.items()
        if not outcome.problems[alert]
    }
