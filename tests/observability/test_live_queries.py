"""Run every query of dashboards, alerts and runbooks on a real Prometheus that scrapes services under load."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from devtools.observability.dashboards import ALL
from devtools.observability.metric_names import metrics_of
from devtools.observability.no_data import NO_DATA
from devtools.stack.supervisor import Stack
from shared.topics import GROUPS
from tests.e2e.shop import PrivateData
from tests.e2e.stacks import started, world_of
from tests.e2e.waiting import in_thread
from tests.e2e.world import World
from tests.observability.conftest import ROOT, tool_path
from tests.observability.load import FLOW, broadcasts, everyday_traffic, one_failure_of_each_kind
from tests.observability.prometheus import PrometheusClient, run_prometheus, until_empty

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

# Metrics that may have no data in the minute of this test, with the condition under which they have data.
MAY_BE_EMPTY = {
    "parley_tool_calls_total": "the simulated model calls tools only when told to: tests/e2e/test_tools.py",
    "parley_tool_seconds_bucket": "the same",
    "parley_summaries_total": "a conversation is longer than the prompt's history: tests/e2e/test_tools.py",
    "parley_retries_total": "a handler fails by its own error: no fault injected from outside does that",
    "parley_abandoned_total": "a rebalance outlasts the drain: tests/runtime",
    "parley_erased_left_out_total": "a topic is replayed after an erasure: tests/e2e",
    "parley_redelivered_total": "a process died before its commit: tests/e2e/restarts/test_killed_services.py",
    "parley_records_passed_over_total": "a partition changes its owner amid work: tests/runtime",
    "parley_dependency_waits_total": "Kafka or MongoDB is unavailable: tests/e2e/restarts/test_outages.py",
    "parley_connections_closed_total": "slow clients, or too many: tests/security",
    "parley_limited_total": "floods: tests/e2e",
    "parley_paced_total": "more than a number may send in a second: tests/e2e/test_pacing.py",
    "parley_model_unpriced_calls_total": "a model without a price: tests/services/test_unpriced_models.py",
    "parley_customer_shares_spent_total": "a customer spends much: tests/services/test_customer_share.py",
    "parley_secrets_unreadable_total": "a credential was encrypted with another key",
    "parley_api_limited_total": "too many requests: tests/console/test_limits.py",
    "parley_sign_ins_total": "a person signs in: tests/console",
    "parley_emails_total": "an e-mail is sent: tests/console",
    "parley_live_closed_total": "a browser is signed out or breaks the protocol: tests/console",
    "parley_live_events_total": "somebody watches a workspace: tests/console",
    "parley_live_delay_seconds_bucket": "the same",
    "parley_live_resumes_total": "the same",
    "parley_live_resyncs_total": "a browser is too slow: tests/console",
    "parley_backup_timestamp_seconds": "`parley backup` has run: tests/cli/test_mongodb_rights.py",
    "parley_backup_bytes": "the same",
    "parley_window_closed_total": "a customer wrote more than a day ago: tests/e2e/test_customer_service_window.py",
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    tool_path("prometheus")  # skip before the stack starts
    env = {"AI_BREAKER_CALLS": "4", "AI_BREAKER_SECONDS": "2", "WEBHOOKS_OUT_PRIVATE": "true"}
    with started(tmp_path_factory.mktemp("live"), None, env, replicas={"console": 1}) as stack:
        if stack.info["kafka_kind"] == "embedded":
            pytest.skip(
                "NOT CHECKED, the lag exporter needs Apache Kafka: Java 17 and Maven, or KAFKA_BOOTSTRAP_SERVERS"
            )
        yield stack


@pytest.fixture(scope="module")
def prometheus(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusClient]:
    with run_prometheus(stack, tool_path("prometheus"), tmp_path_factory.mktemp("prometheus")) as prometheus:
        yield prometheus


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with world_of(stack, PrivateData()) as world:
        yield world


def test_every_process_is_scraped(prometheus: PrometheusClient) -> None:
    left = ["a target"]
    for _ in until_empty(left, 20):
        if prometheus.targets() == dict.fromkeys(("ingress", "router", "ai", "delivery", "console", "lag"), "up"):
            left.clear()
    assert not left, prometheus.targets()


async def test_every_query_of_every_dashboard_has_data(world: World, prometheus: PrometheusClient) -> None:
    webhook = {"id": "crm", "url": f"{world.sims}/nowhere", "secret": "s" * 32, "events": ["message.received"]}
    shop = await world.shop(profile={"webhooks": [webhook]}, flows=[FLOW])
    await everyday_traffic(world, shop, 4)  # counters start, so that later events are an increase
    await one_failure_of_each_kind(world, shop)
    await broadcasts(world, shop)
    queries = _queries()
    left = list(queries)
    for _ in until_empty(left, 60):
        await everyday_traffic(world, shop, 8)
        left[:] = [expr for expr in left if not await in_thread(prometheus.query, expr)]
        if all(map(_may_be_empty, left)):
            break
    assert not [f"{queries[expr]}: {expr}" for expr in left if not _may_be_empty(expr)]


def test_panels_that_may_be_empty_say_what_that_means() -> None:
    assert MAY_BE_EMPTY.keys() - {"parley_secrets_unreadable_total"} <= NO_DATA.keys()  # its panel has others too


def test_metrics_that_may_be_empty_are_queried() -> None:
    queried = {name for one in ALL for _, query in one.queries() for name in metrics_of(query.expr)}
    assert MAY_BE_EMPTY.keys() <= queried


async def test_every_rule_can_be_evaluated(prometheus: PrometheusClient) -> None:
    rules = await in_thread(prometheus.rules)
    assert len(rules) > 60
    assert not [rule for rule in rules if rule["health"] != "ok"]


@pytest.mark.parametrize("page", sorted((ROOT / "docs/runbooks").glob("*.md")), ids=lambda page: page.stem)
def test_runbook_queries_are_valid(prometheus: PrometheusClient, page: Path) -> None:
    for block in re.findall(r"```promql\n(.*?)```", page.read_text(), flags=re.S):
        for line in block.splitlines():
            prometheus.query(line)


async def test_lag_exporter_reports_all_consumer_groups(world: World, prometheus: PrometheusClient) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=world.stack.info["kafka"])
    await admin.start()
    try:
        groups = {group[0] for group in await admin.list_consumer_groups()}
    finally:
        await admin.close()
    assert groups == GROUPS.keys()
    members = await in_thread(prometheus.query, "parley_group_members == 1")
    assert {sample["metric"]["group"] for sample in members} == groups


def _queries() -> dict[str, str]:
    """Return Grafana's queries for all workspaces, without fallback zeros, and the panel of each."""
    return {
        query.expr.replace("$__rate_interval", "20s")
        .replace('workspace="$workspace"', 'workspace!=""')
        .replace(" or vector(0)", ""): f"{one.uid}, {panel.title}"
        for one in ALL
        for panel, query in one.queries()
    }


def _may_be_empty(expr: str) -> bool:
    return bool(metrics_of(expr) & MAY_BE_EMPTY.keys())
