"""Capacity planning with costs that are easy to calculate by hand."""

import math
from pathlib import Path

import pytest

from devtools.bench.errors import BenchFailed
from devtools.bench.results import BenchResult, save
from devtools.capacity import report
from devtools.capacity.burst import LoadBurst, burst_lag
from devtools.capacity.costs import COMMITTED_RESULT, Costs, read_costs
from devtools.capacity.plan import DailyLoad, plan_capacity

_EACH = {
    "ingress": 0.001,
    "router": 0.002,
    "ai": 0.004,
    "delivery": 0.005,
    "mongodb": 0.01,
    "kafka": 0.001,
    "redis": 0.0,
}
COSTS = Costs(
    cpu_ai=_EACH,
    cpu_faq=_EACH | {"ai": 0.0},
    memory=dict.fromkeys(_EACH, 100.0),
    documents=2000.0,
    indexes=1000.0,
    records=8000.0,
)
DAY = 86_400


def test_small_load_needs_two_replicas_of_each_service() -> None:
    made = plan_capacity(DailyLoad(messages=1000), COSTS)
    assert {part.replicas for part in made.services.values()} == {2}
    assert made.partitions == 12


def test_replicas_follow_from_the_busiest_minute() -> None:
    load = DailyLoad(messages=3600 * 1000, busiest_hour=0.1, burst=3, faq_share=0.5, model_seconds=0.5)
    made = plan_capacity(load, COSTS)
    assert load.peak == pytest.approx(300)
    assert made.services["delivery"].cores == pytest.approx(1.5)
    assert made.services["delivery"].replicas == math.ceil(1.5 / 0.6)
    assert made.services["ai"].cores == pytest.approx(300 * 0.5 * 0.004)
    assert made.in_flight == pytest.approx(75)


def test_slow_models_need_replicas_for_their_lanes() -> None:
    load = DailyLoad(messages=3600 * 1000, faq_share=0.0, model_seconds=8)
    assert plan_capacity(load, COSTS).services["ai"].replicas == math.ceil(300 * 8 / (400 * 0.6))


def test_topics_have_two_partitions_per_replica() -> None:
    made = plan_capacity(DailyLoad(messages=3600 * 10_000), COSTS)
    most = max(part.replicas for name, part in made.services.items() if name != "ingress")
    assert made.partitions >= 2 * most
    assert made.partitions % 12 == 0


def test_disk_size_follows_from_retention() -> None:
    made = plan_capacity(DailyLoad(messages=1024**2, mongodb_days=1024, kafka_days=7, kafka_copies=3), COSTS)
    assert made.mongodb_disk == pytest.approx(3000.0)
    assert made.kafka_disk == pytest.approx(7 * 3 * 8000 * 1024**2 / 1024**3)


def test_burst_queues_at_the_slowest_stage() -> None:
    made = plan_capacity(
        DailyLoad(messages=864, faq_share=1.0), COSTS
    )  # minimal load, two replicas: delivery processes 400 a second
    found = burst_lag(made, COSTS, LoadBurst(messages=5000, seconds=10))
    assert found.worst["ingress"] == found.worst["ai"] == 0
    assert found.worst["delivery"] == pytest.approx(2.5, abs=0.01), "100 a second too many, for ten seconds"
    assert found.drained == 12
    assert found.most == pytest.approx(1000, abs=2)


def test_load_above_the_capacity_never_drains() -> None:
    slow = Costs(
        cpu_ai=_EACH, cpu_faq=_EACH | {"delivery": 1.0}, memory=COSTS.memory, documents=1, indexes=1, records=1
    )
    made = plan_capacity(DailyLoad(messages=DAY, faq_share=1.0), COSTS)
    assert burst_lag(made, slow, LoadBurst(messages=1, seconds=1)).drained is not None, (
        "two replicas of one a second each"
    )
    made = plan_capacity(DailyLoad(messages=3 * DAY, faq_share=1.0), COSTS)
    assert burst_lag(made, slow, LoadBurst(messages=1, seconds=1)).drained is None


def test_tables_have_one_column_per_load() -> None:
    plans = [plan_capacity(DailyLoad(messages=count), COSTS) for count in (1000, 100_000)]
    text = report.plans_table(plans)
    assert "| 1,000 a day | 100,000 a day |" in text
    burst = LoadBurst(messages=100, seconds=10)
    assert "delivery: wait at worst" in report.bursts_table(
        plans, [burst_lag(one, COSTS, burst) for one in plans], burst
    )


def test_committed_result_has_all_costs() -> None:
    costs = read_costs(COMMITTED_RESULT)
    assert costs.cpu_ai["ai"] > costs.cpu_faq["ai"]
    assert min(costs.documents, costs.indexes, costs.records) > 0


def test_result_of_another_benchmark_is_refused(tmp_path: Path) -> None:
    other = BenchResult(kind="router", at="", command="", seed=1, machine={}, figures=[])
    with pytest.raises(BenchFailed, match="bench pipeline"):
        read_costs(save(other, tmp_path / "x.json"))
