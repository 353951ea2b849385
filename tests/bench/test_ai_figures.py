"""Figures of `parley bench ai`: timings of calls, and parsing of metrics."""

from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest

from devtools.bench import ai
from devtools.bench.errors import BenchFailed
from devtools.bench.kafka_exchange import ExchangeResult
from devtools.bench.scrape import HistogramBuckets, gauge, histogram
from devtools.bench.stored_conversations import BenchRequest
from services.ai.summaries import summary
from shared.messages.ai import AiRequest
from shared.messages.inbound import Provider
from tests.services.builders import NOW

REQUEST = AiRequest(
    id="request",
    workspace="acme",
    correlation_id="0" * 32,
    created_at=NOW,
    provider=Provider.META,
    channel="main",
    conversation_id="c1",
    customer_id="u1",
    address="2348030000001",
    message_ids=("m1",),
    turn=1,
)

REQUESTS = [BenchRequest(REQUEST, "bcdfghj")]
EXCHANGED = ExchangeResult(written={REQUEST.id: 100.0}, answered={REQUEST.id: 103.25}, late=0.0)


def record(word: str = "bcdfghj", took: float = 3.2, accepted: bool = True) -> dict[str, Any]:
    return {"text": f"I wrote last week, reference {word}", "took": took, "accepted": accepted}


def test_overhead_excludes_the_models_time() -> None:
    (call,) = ai.call_timings(REQUESTS, EXCHANGED, [record()])
    assert call.total == 3.25
    assert call.overhead == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("label", "records"),
    [
        ("the model was not called", []),
        ("the model was called twice", [record(), record()]),
        ("the model was asked something else", [record("nobody")]),
        ("a call was refused", [record(accepted=False)]),
    ],
)
def test_wrong_calls_of_the_model_fail_the_run(label: str, records: list[dict[str, Any]]) -> None:
    with pytest.raises(BenchFailed):
        ai.call_timings(REQUESTS, EXCHANGED, records)


def test_calls_for_summaries_are_counted_apart() -> None:
    answer = record() | {"payload": {"system": [{"type": "text", "text": "Sells drink coasters."}]}}
    summarised = record() | {"payload": {"system": [{"type": "text", "text": summary.INSTRUCTIONS}]}}
    assert ai.by_kind([summarised, answer]) == ([answer], [summarised])


def test_rate_keeps_the_calls_in_flight() -> None:
    options = ai.AiBenchOptions(in_flight=500, latency=2.0)
    assert options.rate == 250.0
    assert options.command == (
        "parley bench ai --in-flight 500 --latency 2 --seconds 20 --workspaces 25 --runs 3 --seed 1"
    )


def metrics(*seconds: float, running: float = 0.0) -> str:
    registry = CollectorRegistry()
    made = Histogram("work_seconds", "Work.", ["topic"], buckets=(0.01, 0.02, 0.04), registry=registry)
    for value in seconds:
        made.labels("ai.requests").observe(value)
    made.labels("other").observe(9.0)
    under_way = Gauge("under_way", "Now.", ["model"], registry=registry)
    under_way.labels("fast").set(running)
    under_way.labels("smart").set(1.0)
    return generate_latest(registry).decode()


def test_histogram_is_read_between_two_scrapes_and_for_one_topic() -> None:
    before = histogram(metrics(0.5), "work_seconds", topic="ai.requests")
    after = histogram(metrics(0.5, 0.005, 0.015, 0.015, 0.03), "work_seconds", topic="ai.requests")
    new = after.since(before)
    assert new.mean == pytest.approx(0.01625)
    assert new.quantile(0.25) == pytest.approx(0.01)
    assert new.quantile(0.5) == pytest.approx(0.015)  # the first of two in a bucket, as evenly spread
    assert new.quantile(1.0) == pytest.approx(0.04)


def test_quantile_beyond_the_last_bound_is_that_bound() -> None:
    assert histogram(metrics(5.0), "work_seconds", topic="ai.requests").quantile(0.5) == 0.04


def test_empty_histogram_has_mean_and_quantile_0() -> None:
    assert HistogramBuckets({}, 0.0).mean == HistogramBuckets({}, 0.0).quantile(0.95) == 0.0
    assert histogram("", "work_seconds") == HistogramBuckets({}, 0.0)


def test_gauge_is_the_sum_over_its_labels() -> None:
    assert gauge(metrics(running=4.0), "under_way") == 5.0
