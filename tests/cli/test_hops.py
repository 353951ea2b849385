"""Hops of an exchange: attempts, failures, holds, model calls."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.domain import ids
from shared.domain.conversation import RecordedDecision, RecordedOutput
from shared.kafka.codec import encode
from shared.messages.ai import AiRequest
from shared.messages.inbound import Provider
from shared.operations.trace.hops import BAD, WARN, Hop, answer_seconds, hops
from shared.repositories.exchanges import Exchange

START = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
ERROR = {"code": "131016", "title": "Service overloaded", "detail": ""}


def at(ms: int) -> datetime:
    return START + timedelta(milliseconds=ms)


def inbound(**fields: Any) -> dict[str, Any]:
    return {
        "_id": "meta:wamid.1",
        "provider": "meta",
        "text": "hello",
        "content": {"type": "text", "body": "hello"},
        "turn": 1,
        "decision": "faq: FAQ 1, score 1.00",
        "sent_at": at(-500),
        "received_at": at(0),
        "routed_at": at(20),
        **fields,
    }


def outbound(**fields: Any) -> dict[str, Any]:
    return {
        "_id": "out-1",
        "provider": "meta",
        "author": "faq",
        "cause": "meta:wamid.1",
        "text": "hi",
        "index": 0,
        "created_at": at(10),
        "first_claimed_at": at(30),
        "claimed_at": at(30),
        "state": "sent",
        "status": "sent",
        "attempts": [],
        "statuses": [],
        **fields,
    }


def exchange(*sent: dict[str, Any], **fields: Any) -> Exchange:
    parts: dict[str, Any] = {"correlation_id": "c", "messages": [inbound()], "ai_calls": [], "outbound": list(sent)}
    return Exchange(**parts | fields)


def delivery_hops(found: list[Hop]) -> list[tuple[str, str]]:
    return [(hop.what, hop.level) for hop in found if hop.where in ("delivery", "provider")][1:]


def test_decision_has_the_time_of_its_outputs() -> None:
    found = hops(exchange(outbound()))

    assert [(hop.where, hop.at) for hop in found[:4]] == [
        ("customer", at(-500)),
        ("ingress", at(0)),
        ("router", at(10)),
        ("router", at(10)),
    ]


def test_failed_attempts_show_the_providers_error() -> None:
    failed = {"at": at(50), "outcome": "failed", "error": ERROR}
    accepted = {"at": at(900), "outcome": "accepted"}
    message = outbound(attempts=[failed, accepted], provider_message_id="wamid.2", sent_at=at(900))

    assert delivery_hops(hops(exchange(message))) == [
        ("message attempt 1 failed: 131016: Service overloaded", WARN),
        ("message sent, Meta accepted it as wamid.2 (attempt 2)", "good"),
    ]
    assert answer_seconds(exchange(message)) == 0.9


def test_last_failed_attempt_is_shown_as_given_up() -> None:
    failed = {"at": at(50), "outcome": "failed", "error": ERROR}

    assert delivery_hops(hops(exchange(outbound(state="failed", attempts=[failed])))) == [
        ("message attempt 1 failed: 131016: Service overloaded; given up", BAD)
    ]


def test_failed_status_shows_the_providers_error() -> None:
    status = {"status": "failed", "at": at(0), "received_at": at(400), "errors": [{"code": "131026", "title": "Gone"}]}

    assert delivery_hops(hops(exchange(outbound(state="failed", statuses=[status])))) == [
        ("message failed (Meta's time 09:26:53): 131026: Gone", BAD)
    ]


def test_message_in_doubt_is_shown_with_a_warning() -> None:
    [(what, level)] = delivery_hops(hops(exchange(outbound(state="sending"))))

    assert (what[:41], level) == ("message: no answer from the provider yet;", WARN)
    assert ("message was in doubt and sent again: a possible duplicate", WARN) in delivery_hops(
        hops(exchange(outbound(possible_duplicate=True)))
    )


def test_waiting_message_comes_last_without_a_time() -> None:
    found = hops(exchange(outbound(state="waiting", not_before=at(60_000))))

    assert (found[-1].at, found[-1].what) == (None, "message waits for its next attempt, not before 09:27:53")


def test_unanswered_ai_request_is_shown() -> None:
    request = AiRequest(
        id=ids.output_id("meta:wamid.1", "ai"),
        workspace="acme",
        correlation_id="c",
        created_at=at(10),
        provider=Provider.META,
        channel="main",
        conversation_id="conversation",
        customer_id="customer",
        address="+2348035550101",
        message_ids=("meta:wamid.1",),
        turn=1,
    )
    recorded = RecordedDecision(
        cause="meta:wamid.1",
        turn=1,
        decision="ai",
        outputs=(
            RecordedOutput("ai.requests", b"acme", encode(request)),
            RecordedOutput("forgotten.topic", b"acme", b"{}"),
        ),
    )

    last = hops(exchange(recorded=[recorded]))[-1]

    assert (last.at, last.where, last.what) == (None, "ai", f"has not answered request {request.id[:8]} yet")


def test_message_of_a_stopped_channel_is_shown_as_held_with_reason() -> None:
    held = outbound(state="held", error={"code": "190", "title": "The token has expired"})
    (hop,) = [hop for hop in hops(exchange(held)) if "held" in hop.what]
    assert (hop.at, hop.level) == (None, WARN)
    assert "190: The token has expired" in hop.what


def test_attempt_settled_by_a_status_is_shown() -> None:
    status = {"status": "sent", "at": at(90), "received_at": at(95), "errors": []}
    (hop,) = [hop for hop in hops(exchange(outbound(statuses=[status]))) if "settles" in hop.what]
    assert (hop.at, hop.level) == (at(95), WARN)


def test_model_choice_is_shown_with_reasons_and_cost_of_the_other_model() -> None:
    routing = {
        "choice": "smart",
        "model": "claude-sonnet-5-5",
        "reasons": ["complaint", "long question"],
        "other_model": "claude-haiku-5-5",
        "other_usd": "0.00015",
    }
    call = {
        "_id": "request-1",
        "turn": 1,
        "requested_at": at(30),
        "started_at": at(40),
        "finished_at": at(900),
        "outcome": "answered",
        "model": "claude-sonnet-5-5",
        "attempts": 1,
        "input_tokens": 900,
        "output_tokens": 40,
        "outputs": [],
    }

    def ai_hops(**fields: Any) -> list[str]:
        return [hop.what for hop in hops(exchange(ai_calls=[call | fields])) if hop.where == "ai"]

    chosen = "chose smart, claude-sonnet-5-5: complaint, long question"
    assert ai_hops(routing=routing)[1] == f"{chosen}; claude-haiku-5-5 would have cost USD 0.00015"
    assert ai_hops(routing=routing | {"other_usd": "0"})[1] == chosen
    assert len(ai_hops()) == len(ai_hops(routing=None)) == 2, "calls stored by earlier versions have no routing"
    use = {"name": "order_status", "outcome": "ok", "ms": 12}
    assert ai_hops(tools=[use])[1] == "tool order_status: ok, 12 ms"


def test_debounce_of_an_ai_request_is_shown() -> None:
    call = {
        "_id": "12345678-rest",
        "outputs": [],
        "turn": 1,
        "requested_at": at(10),
        "not_before": at(810),
        "started_at": at(812),
        "finished_at": at(900),
        "outcome": "answered",
        "model": "m",
        "attempts": 1,
        "input_tokens": 1,
        "output_tokens": 1,
    }
    waited, at_once = (hops(exchange(ai_calls=[call | {"not_before": until}])) for until in (at(810), None))
    (request,) = [hop.what for hop in waited if hop.what.startswith("asked ai")]
    assert request == "asked ai, request 12345678, not before 09:26:53.810: the customer may be writing on"
    assert "asked ai, request 12345678" in [hop.what for hop in at_once]
