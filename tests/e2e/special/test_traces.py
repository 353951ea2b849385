"""Traces from the webhook to the last status, as a receiver gets them; repeated work links to earlier spans."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devtools.observability.otlp import ReceivedSpan, TraceReceiver, run_receiver
from devtools.stack.supervisor import Stack
from shared.topics import AI_REQUESTS, INBOUND_MESSAGES, OUTBOUND_MESSAGES
from tests.cli.runner import parley
from tests.e2e.shop import PrivateData, Shop, phone, word
from tests.e2e.simulator_control import Json
from tests.e2e.stacks import CurrentStack, started
from tests.e2e.waiting import in_thread, until
from tests.e2e.world import World, service_logs

Spans = list[ReceivedSpan]
QUESTION = "Do you have coasters?"


@pytest.fixture(scope="module")
def receiver() -> Iterator[TraceReceiver]:
    with run_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def stack(
    current_stack: CurrentStack, tmp_path_factory: pytest.TempPathFactory, private: PrivateData, receiver: TraceReceiver
) -> Iterator[Stack]:
    """A stack that keeps every trace."""
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "OTEL_BSP_SCHEDULE_DELAY": "50"}
    current_stack.close()
    with started(tmp_path_factory.mktemp("traced"), private, env) as stack:
        yield stack


async def wait_for_spans(receiver: TraceReceiver, trace: str, condition: Callable[[Spans], object], what: str) -> Spans:
    """Wait until the spans of a trace meet the condition, and return them."""

    async def look() -> Spans | None:
        found = receiver.spans(trace)
        return found if condition(found) else None

    try:
        return await until(look, what)
    except AssertionError:
        raise AssertionError(f"{what}:\n" + "\n".join(map(str, receiver.spans(trace)))) from None


def named(spans: Spans, name: str) -> Spans:
    return [span for span in spans if span.name == name]


def path(spans: Spans, span: ReceivedSpan) -> list[str]:
    """Return the names from the root to a span, each with its service."""
    return [f"{one.service.removeprefix('parley-')}: {one.name}" for one in ancestors(spans, span)]


def ancestors(spans: Spans, span: ReceivedSpan) -> Spans:
    """Return the spans from the root to a span."""
    by_id, way = {one.id: one for one in spans}, [span]
    while way[0].parent:
        way.insert(0, by_id[way[0].parent])
    return way


async def _wait_read(world: World, shop: Shop, conversation: str) -> Json:
    return await world.outbound_when(shop, lambda it: it["status"] == "read", conversation_id=conversation)


def _all_statuses(spans: Spans) -> bool:
    return {"status sent", "status delivered", "status read"} <= {span.name for span in spans} and bool(
        named(spans, "POST /webhooks/meta")
    )


async def test_one_trace_from_the_webhook_to_the_last_status(world: World, receiver: TraceReceiver) -> None:
    shop, ada = await world.shop(), phone()
    await world.write(shop, ada, QUESTION)
    sent = await _wait_read(world, shop, shop.meta_conversation(ada))
    trace = sent["correlation_id"]
    spans = await wait_for_spans(receiver, trace, _all_statuses, "all statuses are in the trace")

    by_id = {span.id: span for span in spans}
    assert [span.name for span in spans if not span.parent] == ["POST /webhooks/meta"]
    assert all(span.parent in by_id for span in spans if span.parent)
    call = next(span for span in named(spans, "send meta") if span.kind == "CLIENT")
    assert path(spans, call) == [
        "ingress: POST /webhooks/meta",
        "ingress: send inbound.messages",
        "router: process inbound.messages",
        "router: send ai.requests",
        "ai: process ai.requests",
        "ai: send outbound.messages",
        "delivery: process outbound.messages",
        "delivery: send meta",
    ]
    kinds = {"POST": "SERVER", "send": "PRODUCER", "process": "CONSUMER", "chat": "CLIENT", "status": "INTERNAL"}
    assert all(span.kind == kinds[span.name.split()[0]] for span in spans if span is not call)
    assert {named(spans, f"status {it}")[0].parent for it in ("sent", "delivered", "read")} == {call.id}
    assert not any(span.failed for span in spans)


async def test_status_span_links_to_the_trace_of_its_webhook(world: World, receiver: TraceReceiver) -> None:
    shop, ada = await world.shop(), phone()
    await world.write(shop, ada, QUESTION)
    sent = await _wait_read(world, shop, shop.meta_conversation(ada))
    spans = await wait_for_spans(receiver, sent["correlation_id"], _all_statuses, "all statuses are in the trace")

    (status,), (call,) = named(spans, "status delivered"), named(spans, "send meta")
    ((other, processed),) = status.links
    assert other != status.trace
    theirs = await wait_for_spans(
        receiver, other, lambda it: named(it, "process inbound.statuses"), "the status's own trace"
    )
    (came,) = named(theirs, "process inbound.statuses")
    assert (came.id, came.links) == (processed, (call.context,))
    assert path(theirs, came) == [
        "ingress: POST /webhooks/meta",
        "ingress: send inbound.statuses",
        "delivery: process inbound.statuses",
    ]


async def test_span_attributes_follow_the_semantic_conventions(world: World, receiver: TraceReceiver) -> None:
    shop, ada = await world.shop(), phone()
    await world.write(shop, ada, QUESTION)
    sent = await _wait_read(world, shop, shop.meta_conversation(ada))
    spans = await wait_for_spans(receiver, sent["correlation_id"], _all_statuses, "all statuses are in the trace")

    for topic, group in (
        ("inbound.messages", "router"),
        ("ai.requests", "ai"),
        ("outbound.messages", "delivery.outbound.messages"),
    ):
        way = ancestors(spans, named(spans, "send meta")[0])
        (produced,), (processed,) = named(way, f"send {topic}"), named(way, f"process {topic}")
        place = ("messaging.destination.partition.id", "messaging.kafka.offset")
        assert [produced.attributes[it] for it in place] == [processed.attributes[it] for it in place]
        assert isinstance(produced.attributes["messaging.kafka.offset"], int)
        for span, operation in ((produced, "send"), (processed, "process")):
            assert span.attributes["messaging.system"] == "kafka"
            assert span.attributes["messaging.operation.name"] == operation
            assert span.attributes["messaging.destination.name"] == topic
        assert processed.attributes["messaging.consumer.group.name"] == group
    (chat,) = [span for span in spans if span.name.startswith("chat ")]
    call = await world.model_call(shop, sent["conversation_id"])
    assert chat.name == f"chat {call['model']}"
    assert {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": call["model"],
        "gen_ai.usage.input_tokens": call["input_tokens"] + call["cache_read_tokens"] + call["cache_write_tokens"],
        "gen_ai.usage.output_tokens": call["output_tokens"],
    }.items() <= chat.attributes.items()
    assert call["output_tokens"] > 0


async def test_attempt_links_to_the_previous_one_in_process_and_over_the_retry_topic(
    world: World, receiver: TraceReceiver
) -> None:
    shop, ada = await world.shop(), phone()
    await world.script("meta", {"kind": "status", "status": 500}, times=1, to=ada, kind="message")
    await world.script("meta", {"kind": "throttle", "retry_after": 3}, times=1, to=ada, kind="message")
    await world.write(shop, ada, "Where are you?")
    sent = await _wait_read(world, shop, shop.meta_conversation(ada))
    spans = await wait_for_spans(
        receiver,
        sent["correlation_id"],
        lambda it: _all_statuses(it) and named(it, "process outbound.retry"),
        "statuses and the retry are in the trace",
    )

    tries = sorted(named(spans, "send meta"), key=lambda span: span.attributes["parley.attempt"])
    assert [span.attributes["parley.attempt"] for span in tries] == [1, 2, 3]
    assert [span.failed for span in tries] == [True, True, False]
    assert [span.links for span in tries] == [(), (tries[0].context,), (tries[1].context,)]
    assert "delivery: send outbound.retry" in path(spans, tries[-1])
    assert {named(spans, f"status {it}")[0].parent for it in ("sent", "delivered", "read")} == {tries[-1].id}
    by_time = named(spans, "process outbound.retry")  # waits until it is due, and is then processed again
    assert [span.links for span in by_time] == [(), *((span.context,) for span in by_time[:-1])]
    assert not any(span.failed for span in by_time)


async def test_model_call_links_to_the_failed_one(world: World, receiver: TraceReceiver) -> None:
    shop, ada, asked = await world.shop(), phone(), word()
    await world.script("anthropic", {"kind": "status", "status": 529}, times=1, text_contains=asked)
    await world.write(shop, ada, f"remark {asked}")
    sent = await _wait_read(world, shop, shop.meta_conversation(ada))
    spans = await wait_for_spans(receiver, sent["correlation_id"], _all_statuses, "all statuses are in the trace")
    failed, answered = (span for span in spans if span.name.startswith("chat "))
    assert (failed.failed, failed.attributes["error.type"], failed.links) == (True, "ModelFailed", ())
    assert (answered.failed, answered.links) == (False, (failed.context,))


async def test_redelivered_record_is_marked_and_links_to_the_producers_span(
    world: World, receiver: TraceReceiver
) -> None:
    shop, ada = await world.shop(), phone()
    await world.write(shop, ada, QUESTION)
    sent = await _wait_read(world, shop, shop.meta_conversation(ada))
    for topic in (INBOUND_MESSAGES, AI_REQUESTS, OUTBOUND_MESSAGES):
        await world.replay(shop, topic, 1)

        def again(spans: Spans, name: str = f"process {topic.name}") -> Spans:
            return [span for span in named(spans, name) if span.attributes.get("parley.redelivered")]

        spans = await wait_for_spans(receiver, sent["correlation_id"], again, f"the record of {topic.name} came again")
        first = named(spans, f"process {topic.name}")[0]
        for span in again(spans):
            assert span.links == ((span.trace, span.parent),)
        assert not first.attributes.get("parley.redelivered")
    assert len(await world.attempts(ada)) == 1


async def test_replayed_dead_letter_links_to_the_failed_processing(world: World, receiver: TraceReceiver) -> None:
    shop, ada = await world.shop(), phone()
    await world.script("meta", {"kind": "error", "code": 131026}, times=1, to=ada, kind="message")
    await world.write(shop, ada, "Where are you?")
    await world.outbound_when(shop, lambda it: it["state"] == "failed")
    await world.dead_letters(f'"workspace":"{shop.workspace}"')
    where = ("--dir", str(Path(world.stack.info["logs"]).parent))
    done = await in_thread(parley, "dlq", "replay", "--workspace", shop.workspace, "--yes", *where)
    assert "put into outbound.messages" in done.out, done.err
    sent = await _wait_read(world, shop, shop.meta_conversation(ada))
    spans = await wait_for_spans(receiver, sent["correlation_id"], _all_statuses, "all statuses are in the trace")
    refused, accepted = named(spans, "send meta")
    before = ancestors(spans, refused)[-2]
    (after,) = [span for span in named(spans, "process outbound.messages") if span.parent == before.id]
    assert after.links == (before.context,)
    assert after in ancestors(spans, accepted)
    assert (refused.attributes["parley.error.code"], accepted.links) == ("131026", (refused.context,))


async def test_spans_contain_no_phone_number_secret_or_message_text(
    world: World, receiver: TraceReceiver, private: PrivateData
) -> None:
    """Checks the spans of all earlier tests, also for base64, which providers' ids contain."""
    shop, ada = await world.shop(), phone()
    await world.write(shop, ada, f"remark {word()} about my order")
    sent = await _wait_read(world, shop, shop.meta_conversation(ada))
    await wait_for_spans(receiver, sent["correlation_id"], _all_statuses, "all statuses are in the trace")
    everything = b"\n".join(receiver.bodies).decode(errors="replace")
    hidden = private.phones | private.tokens | {text for text in private.texts if len(text) > 5}
    assert not {secret for secret in hidden if secret in everything}
    coded = {base64.b64encode(number[skip:].encode())[:12].decode() for number in private.phones for skip in range(3)}
    assert not {form for form in coded if form in everything}


async def test_log_lines_carry_the_trace_id(world: World, receiver: TraceReceiver) -> None:
    shop, ada = await world.shop(), phone()
    await world.script("meta", {"kind": "status", "status": 500}, times=1, to=ada, kind="message")
    await world.write(shop, ada, QUESTION)
    sent = await _wait_read(world, shop, shop.meta_conversation(ada))
    await wait_for_spans(receiver, sent["correlation_id"], _all_statuses, "all statuses are in the trace")
    lines = [json.loads(line) for _, line in service_logs(Path(world.stack.info["logs"]))]
    mine = [line for line in lines if line.get("trace_id") == sent["correlation_id"]]
    assert {line["service"] for line in mine} >= {"router", "ai", "delivery"}
    assert {(line["workspace_id"], line["correlation_id"]) for line in mine} == {
        (shop.workspace, sent["correlation_id"])
    }
