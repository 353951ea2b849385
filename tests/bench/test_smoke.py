"""Tiny runs of each benchmark on the real stack produce plausible figures."""

from pathlib import Path

import pytest
from aiokafka.partitioner import DefaultPartitioner

from devtools.bench import ai, delivery, fairness, ingress, pipeline, router, soak, tracing_cost
from devtools.bench.errors import BenchFailed
from devtools.bench.report import page
from devtools.bench.results import BenchResult
from shared.topics import INBOUND_MESSAGES

pytestmark = [pytest.mark.stack, pytest.mark.e2e, pytest.mark.timeout(180)]


def rows(result: BenchResult, table: str, column: str) -> dict[str, float]:
    return {f.row: f.median for f in result.figures if (f.table, f.column) == (table, column)}


def test_ingress_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ingress.IngressBenchOptions(
        connections=4, seconds=0.3, runs=1, messages=100, new_customers=50, profile="ingress", out=tmp_path
    )
    result = ingress.run(options)
    for column in (
        "known customers, 4 connections",
        "known customers, 1 connection",
        "new customers, 4 connections",
    ):
        figures = rows(result, "One ingress process", column)
        assert figures["webhooks accepted per second"] > 0
        assert 0 < figures["webhook sent to 200, p50 (ms)"] <= figures["webhook sent to 200, p99 (ms)"]
        assert figures["CPU of ingress per 1,000 webhooks (s)"] > 0
    assert set(rows(result, "Memory (MB)", "idle")) == {"ingress"}
    assert "services/ingress/webhooks.py" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["ingress.pstats"]  # the stack left nothing behind
    assert result.profiled == "ingress"


def test_router_is_measured(tmp_path: Path) -> None:
    options = router.RouterBenchOptions(conversations=4, rate=40.0, paced_seconds=0.5, runs=1, out=tmp_path)
    result = router.run(options)
    for scenario in router.SCENARIOS:
        figures = rows(result, "One router process", scenario)
        assert figures["conversations of four messages per second"] > 0
        p50, p99 = (figures[f"message to answer at 40 per second, {name} (ms)"] for name in ("p50", "p99"))
        assert 0 < p50 <= p99
        assert rows(result, "CPU seconds per 1,000 messages", scenario)["router"] > 0
    assert not list(tmp_path.iterdir())


def test_delivery_is_measured(tmp_path: Path) -> None:
    options = delivery.DeliveryBenchOptions(bulk=60, rate=10.0, seconds=1.0, runs=1, out=tmp_path)
    result = delivery.run(options)
    for phase in ("no broadcast", "broadcast at the limit"):
        replies = rows(result, "Replies", phase)
        assert 0 < replies["record to accepted, p50 (ms)"] <= replies["record to accepted, p99 (ms)"]
    limited, fast = (rows(result, "The broadcast", f"broadcast {how}") for how in ("at the limit", "without a limit"))
    assert 0 < limited["most in any one second"] <= 80
    assert fast["sent per second"] > 0
    assert not list(tmp_path.iterdir())


def test_soak_is_measured(tmp_path: Path) -> None:
    result = soak.run(soak.SoakOptions(minutes=0.1, rate=10.0, model_latency=0.1, out=tmp_path))
    for quarter in ("first quarter", "last quarter"):
        figures = rows(result, "Latency (ms)", quarter)
        assert 0 < figures["webhook sent to answer accepted, p50"] <= figures["webhook sent to answer accepted, max"]
        assert {"ingress", "router", "ai", "delivery"} <= set(rows(result, "Memory (MB)", quarter))
    assert not list(tmp_path.iterdir())


def test_pipeline_is_measured(tmp_path: Path) -> None:
    options = pipeline.PipelineOptions(
        messages=32, rate=20.0, model_latency=0.2, runs=1, paced_seconds=1.0, out=tmp_path
    )
    result = pipeline.run(options)
    for column in ("all AI", "all FAQ", "all AI, 0.2 s model"):
        assert rows(result, "Throughput", column)["messages answered per second"] > 0
    latency = rows(result, "Latency added by us", "all AI, 20/s")
    p50, p99 = (latency[f"webhook sent to answer accepted, {name} (ms)"] for name in ("p50", "p99"))
    assert 0 < p50 <= p99
    parts = {"ingress", "router", "ai", "delivery", "simulators"}
    assert parts <= set(rows(result, "Memory (MB)", "idle"))
    assert parts <= set(rows(result, "CPU seconds per 1,000 messages", "all AI"))
    assert "| messages answered per second |" in page([result])
    assert not list(tmp_path.iterdir())


def test_traces_refuse_a_choice_of_scenarios() -> None:
    with pytest.raises(BenchFailed, match="--faq-share"):
        tracing_cost.run(pipeline.PipelineOptions(only=("faq",), traces=(0.5,)))


def test_cost_of_tracing_is_measured(tmp_path: Path) -> None:
    result = tracing_cost.run(pipeline.PipelineOptions(messages=16, runs=1, traces=(1.0,), out=tmp_path))
    assert result.command.endswith("--runs 1 --seed 1 --traces 1.0")
    for column in (tracing_cost.NONE, "100% of traces kept"):
        assert rows(result, "Throughput", column)["messages answered per second"] > 0
        assert rows(result, "Against no traces", column)["messages answered per second"] > 0
    assert rows(result, "Against no traces", tracing_cost.NONE)["messages answered per second"] == 1
    assert not list(tmp_path.iterdir())


def test_fairness_is_measured(tmp_path: Path) -> None:
    options = fairness.FairnessOptions(
        messages=40, rate=20.0, seconds=1.0, batch=8, model_latency=0.1, runs=1, only=("ai",), out=tmp_path
    )
    result = fairness.run(options)
    title = "all AI, 0.1 s model"
    for phase in ("quiet", "flood, same partition", "flood, other partition"):
        nine = rows(result, f"The nine, {title}", phase)
        p50, p95 = (nine[f"webhook sent to answer accepted, {name} (ms)"] for name in ("p50", "p95"))
        assert 0 < p50 <= p95
    assert rows(result, f"The flood, {title}", phase)["answers per second"] > 0
    assert not list(tmp_path.iterdir())


def test_ai_is_measured(tmp_path: Path) -> None:
    options = ai.AiBenchOptions(in_flight=6, latency=0.3, seconds=1.0, workspaces=3, runs=1, out=tmp_path)
    result = ai.run(options)
    for column in (ai.STEADY, ai.BURST):
        figures = rows(result, "One ai process", column)
        assert figures["answers per second"] > 0
        assert figures["calls in flight at most, as the model counted"] >= 1
        p50, p99 = (figures[f"overhead, {name} (ms)"] for name in ("p50", "p99"))
        assert 0 < p50 <= p99
        assert 0 < figures["at work, p50 (ms)"] <= figures["at work, p99 (ms)"]
        assert figures["the model was late, p50 (ms)"] >= 0
        assert rows(result, "CPU seconds per 1,000 calls", column)["ai"] > 0
    memory = rows(result, "Memory (MB)", "at most")
    assert memory["ai"] >= rows(result, "Memory (MB)", "idle")["ai"] > 0
    assert not list(tmp_path.iterdir())


def test_ten_workspaces_share_a_partition_and_one_does_not() -> None:
    numbers = list(range(INBOUND_MESSAGES.partitions))
    partitions = [DefaultPartitioner()(name.encode(), numbers, numbers) for name in fairness.workspace_names()]
    assert len(set(partitions[:10])) == 1
    assert partitions[10] != partitions[0]
