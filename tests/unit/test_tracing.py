"""`shared.telemetry.tracing`: spans and headers, with and without an endpoint and sampling."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from devtools.observability.otlp import ReceivedSpan, TraceReceiver, run_receiver
from shared.domain import ids
from shared.kafka.record_spans import now, received, sending
from shared.kafka.records import Headers, NewRecord
from shared.telemetry import trace_context, tracing
from shared.telemetry.tracing import AttemptLinks, span

EXCHANGE = ids.correlation_id("a message")
OTHER = ids.correlation_id("another message")


@contextmanager
def exported(ratio: float = 1.0) -> Iterator[list[ReceivedSpan]]:
    """Yield a list that has the exported spans when the block has ended."""
    found: list[ReceivedSpan] = []
    with run_receiver() as receiver:
        tracing.configure("test", receiver.url, ratio)
        try:
            yield found
        finally:
            tracing.shutdown()
        found.extend(receiver.spans())


def record(correlation_id: str = EXCHANGE) -> NewRecord:
    return NewRecord("inbound.messages", b"acme", b"{}", tracing.headers_for(correlation_id))


def trace_in(headers: Headers) -> str:
    return tracing.trace_id_of(headers)


def test_without_an_endpoint_only_the_context_is_passed_on() -> None:
    with span("work", correlation_id=EXCHANGE) as made:
        assert made.context is None
        assert tracing.headers_for(EXCHANGE) == ((trace_context.PARENT, f"00-{EXCHANGE}-{EXCHANGE[:16]}-01".encode()),)
        before = record()
        with received([before], "/x", now()) as records, sending(records) as writing:
            assert writing.records[0] is before
            writing.acknowledged([(0, 0)])
    assert tracing.link_headers(before.headers) == before.headers
    assert "opentelemetry" not in str(type(tracing.current()))


def test_span_under_the_root_context_is_the_root_span() -> None:
    with exported() as spans, span("root", headers=record().headers), span("child"):
        assert trace_in(tracing.headers_for(EXCHANGE)) == EXCHANGE
    root, child = spans
    assert (root.trace, root.parent) == (EXCHANGE, "")
    assert (child.trace, child.parent) == (EXCHANGE, root.id)


def test_record_of_another_exchange_begins_its_own_trace_and_links_to_the_current_span() -> None:
    with exported() as spans, span("here", correlation_id=EXCHANGE), sending([record(), record(OTHER)]) as writing:
        assert [trace_in(it.headers) for it in writing.records] == [EXCHANGE, OTHER]
        writing.acknowledged([(3, 7), (4, 8)])
    here = next(it for it in spans if it.name == "here")
    mine, other = (
        next(it for it in spans if it.trace == trace and it.kind == "PRODUCER") for trace in (EXCHANGE, OTHER)
    )
    assert (mine.parent, mine.links, mine.attributes["messaging.kafka.offset"]) == (here.id, (), 7)
    assert (other.parent, other.links, other.attributes["messaging.kafka.offset"]) == ("", (here.context,), 8)


def test_each_attempt_links_to_the_one_before() -> None:
    tries = AttemptLinks()
    with exported() as spans, span("all", correlation_id=EXCHANGE):
        for _ in range(3):
            with span("try", attempts=tries):
                pass
    first, second, third = (it for it in spans if it.name == "try")
    assert [first.links, second.links, third.links] == [(), (first.context,), (second.context,)]


def test_record_with_a_link_header_links_to_the_span_that_added_it() -> None:
    with exported() as spans:
        with span("failing", correlation_id=EXCHANGE):
            aside = tracing.link_headers(tracing.link_headers(record().headers))
        with span("again", headers=aside):
            pass
    failing, again = spans
    assert again.links == (failing.context,)
    assert len(aside) == 2


def test_only_the_type_of_an_exception_is_exported() -> None:
    with exported() as spans:
        with pytest.raises(ValueError, match="2348031234567"), span("work", correlation_id=EXCHANGE):
            raise ValueError("to 2348031234567: my PIN is 4711")
        with pytest.raises(LookupError), span("later", correlation_id=EXCHANGE, expected=LookupError):
            raise KeyError("not yet")
        with pytest.raises(OSError, match="away"), received([record()], "/x", now()), sending([record()]):
            raise OSError("away: 2348031234567")
    failed = {it.name: it.attributes.get("error.type") for it in spans if it.failed}
    assert failed == {"work": "ValueError", "POST /x": "OSError", "send inbound.messages": "OSError"}
    assert not any(it.events for it in spans)
    assert "2348031234567" not in str(spans)


@pytest.mark.parametrize("header", [b"", b"rubbish", b"00-1-2-01", b"00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-01"])
def test_invalid_header_is_ignored(header: bytes) -> None:
    with exported() as spans:
        with span("work", headers=((trace_context.PARENT, header),), correlation_id=EXCHANGE):
            pass
        with span("nowhere", headers=((trace_context.PARENT, header),), correlation_id="not hex"):
            pass
        with sending([NewRecord("inbound.messages", b"acme", b"{}", ((trace_context.PARENT, header),))]) as writing:
            writing.acknowledged([(0, 0)])
    assert [(it.name, it.trace, it.parent) for it in spans] == [("work", EXCHANGE, "")]


def test_all_processes_sample_the_same_share_of_traces() -> None:
    exchanges = [ids.correlation_id(f"message {number}") for number in range(400)]
    with exported(ratio=0.25) as spans:
        for exchange in exchanges:
            with span("first", correlation_id=exchange), sending([record(exchange)]) as writing:
                writing.acknowledged([(0, 0)])
            assert trace_in(writing.records[0].headers) == exchange
            with span("second", headers=writing.records[0].headers):
                pass
    kept = {exchange for exchange in exchanges if trace_context.is_sampled(int(exchange, 16), 0.25)}
    assert 60 < len(kept) < 140
    for name in ("first", "send inbound.messages", "second"):
        assert {it.trace for it in spans if it.name == name} == kept


def test_sampling_ratio_may_be_zero() -> None:
    with exported(ratio=0.0) as spans, span("work", correlation_id=EXCHANGE) as made, sending([record()]) as writing:
        assert made.context is None
        assert trace_in(writing.records[0].headers) == EXCHANGE
        writing.acknowledged([(0, 0)])
    assert spans == []


@given(st.integers(min_value=1, max_value=2**128 - 1), st.floats(0, 1), st.floats(0, 1))
def test_larger_ratio_samples_all_traces_of_a_smaller_one(trace_id: int, one: float, other: float) -> None:
    assert trace_context.is_sampled(trace_id, 1.0)
    assert trace_context.is_sampled(trace_id, max(one, other)) or not trace_context.is_sampled(
        trace_id, min(one, other)
    )


def test_receiver_that_hangs_delays_neither_work_nor_shutdown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The receiver accepts connections and never answers; more spans are exported than the queue holds."""
    monkeypatch.setattr(tracing, "_EXPORT_LIMIT", 100.0)
    with socket.create_server(("127.0.0.1", 0), backlog=64) as hanging:
        tracing.configure("test", f"http://127.0.0.1:{hanging.getsockname()[1]}", 1.0)
        for _ in range(5000):
            with span("work", correlation_id=EXCHANGE):
                pass
        exporting = tracing._active
        tracing.shutdown()
    assert exporting is not None
    _end_exporter(exporting.processor)


def _end_exporter(processor: BatchSpanProcessor) -> None:
    """End what a process takes with it when it ends: a request, and the tries after it."""
    processor.span_exporter.shutdown()
    for thread in threading.enumerate():
        if thread.name.startswith("OtelBatch"):
            thread.join(10)


def test_receiver_can_count_without_keeping_spans() -> None:
    with run_receiver(keep=False) as receiver:
        tracing.configure("test", receiver.url, 1.0)
        with span("work", correlation_id=EXCHANGE):
            pass
        tracing.shutdown()
        assert isinstance(receiver, TraceReceiver)
        assert (receiver.requests, receiver.bytes > 0, receiver.spans()) == (1, True, [])
