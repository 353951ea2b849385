"""Lists the steps of one exchange with their times, from its stored documents. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.kafka.codec import Undecodable, decode
from shared.kafka.records import Record
from shared.messages.ai import AiRequest
from shared.messages.inbound import Provider
from shared.messages.outbound import OutboundMessage, Presence
from shared.providers.registry import PROVIDERS
from shared.repositories.exchanges import Exchange

Document = dict[str, Any]

GOOD, BAD, WARN, PLAIN = "good", "bad", "warn", ""


@dataclass(frozen=True, slots=True)
class Hop:
    """One step. where: the service, `customer` or `provider`. level: its severity. text: the text of the message.

    at: None for a step that has not happened yet.
    """

    at: datetime | None
    where: str
    what: str
    level: str = PLAIN
    text: str = ""


def hops(exchange: Exchange) -> list[Hop]:
    """Return all hops in the order of their times; expected ones are last."""
    found = [
        *(hop for message in exchange.messages for hop in _inbound(message, exchange)),
        *(hop for call in exchange.ai_calls for hop in _ai_call(call)),
        *(
            hop
            for number, message in enumerate(exchange.outbound, 1)
            for hop in _outbound(message, _tag(exchange, number))
        ),
    ]
    found.sort(key=lambda hop: (hop.at is None, hop.at.timestamp() if hop.at else 0.0))
    return [*found, *_pending_outputs(exchange)]


def started_at(exchange: Exchange) -> datetime | None:
    """Return the start of the exchange: ingress received the message, or the first outbound message was created."""
    if exchange.messages:
        at: datetime = exchange.messages[0]["received_at"]
        return at
    return min((item["created_at"] for item in exchange.outbound), default=None)


def answer_seconds(exchange: Exchange) -> float | None:
    """Return the seconds from ingress to the first accepted message; None: no customer wrote, or no answer yet."""
    sent = [item["sent_at"] for item in exchange.outbound if item.get("sent_at")]
    if not exchange.messages or not sent:
        return None
    return float((min(sent) - exchange.messages[0]["received_at"]).total_seconds())


def _tag(exchange: Exchange, number: int) -> str:
    return f"message {number}" if len(exchange.outbound) > 1 else "message"


def _inbound(message: Document, exchange: Exchange) -> Iterator[Hop]:
    name = _provider(message)
    exact = " (whole seconds)" if message["provider"] == "meta" else ""
    said = message["text"]
    kind = message["content"].get("kind") or message["content"]["type"]
    if message["content"]["type"] == "text":
        kind = f"text, {len(said)} characters"
    yield Hop(message["sent_at"], "customer", f"wrote: {kind}; {name}'s time{exact}", text=said)
    yield Hop(message["received_at"], "ingress", f"received from {name}, safe in Kafka")
    decision, _, note = message["decision"].partition(": ")
    yield Hop(
        _decided_at(message, exchange), "router", f"turn {message['turn']}: {decision}" + (f" ({note})" if note else "")
    )


def _decided_at(message: Document, exchange: Exchange) -> datetime:
    """Return the time of the decision: outputs carry it; the message itself is stored a moment later."""
    made = [call["requested_at"] for call in exchange.ai_calls if call["turn"] == message["turn"]]
    made += [item["created_at"] for item in exchange.outbound if item["cause"] == message["_id"]]
    at: datetime = min([message["routed_at"], *made])
    return at


def _ai_call(call: Document) -> Iterator[Hop]:
    if call["outcome"] in ("summary", "no summary"):
        made = f"{call['model']}, USD {call['cost_usd']}" if call["outcome"] == "summary" else call.get("error", "")
        yield Hop(call["finished_at"], "ai", f"{call['outcome']} of the conversation: {made}")
        return
    until = call.get("not_before")
    wait = f", not before {until:%H:%M:%S.%f}"[:-3] + ": the customer may be writing on" if until else ""
    yield Hop(call["requested_at"], "router", f"asked ai, request {call['_id'][:8]}{wait}")
    yield Hop(call["started_at"], "ai", "took the request")
    yield from _model_choice(call)
    yield from _tool_calls(call)
    took = (call["finished_at"] - call["started_at"]).total_seconds()
    calls = f"{call['attempts']} call" + ("s" if call["attempts"] != 1 else "")
    tokens = f"{call['input_tokens']} tokens in, {call['output_tokens']} out"
    cached = f", {call['cache_read_tokens']} cached" if call.get("cache_read_tokens") else ""
    cost = f", USD {call['cost_usd']}" if call.get("cost_usd", "0") != "0" else ""
    what = f"{call['outcome']}: {call['model']}, {calls}, {tokens}{cached}{cost}, {took:.2f} s"
    if call.get("error"):
        what += f"; {call['error']}"
    yield Hop(call["finished_at"], "ai", what, GOOD if call["outcome"] in ("answered", "faq") else BAD)


def _model_choice(call: Document) -> Iterator[Hop]:
    """Yield the choice of the model, its reasons, and the cost of the other model."""
    routing = call.get("routing")
    if not routing:
        return
    what = f"chose {routing['choice']}, {routing['model']}: {', '.join(routing['reasons'])}"
    if routing["other_model"] and routing["other_usd"] != "0":
        what += f"; {routing['other_model']} would have cost USD {routing['other_usd']}"
    yield Hop(call["started_at"], "ai", what)


def _tool_calls(call: Document) -> Iterator[Hop]:
    """Yield the tools that models called, in all attempts. Their exact times are not stored."""
    for use in call.get("tools", ()):
        level = PLAIN if use["outcome"] == "ok" else WARN
        yield Hop(call["finished_at"], "ai", f"tool {use['name']}: {use['outcome']}, {use['ms']} ms", level)


def _outbound(message: Document, tag: str) -> Iterator[Hop]:
    yield Hop(
        message["created_at"],
        _author(message),
        f"{tag} {message['_id']} made by {message['author']}",
        text=message["text"],
    )
    yield Hop(message["first_claimed_at"], "delivery", f"{tag} claimed")
    if message.get("instead"):
        name = message["instead"]["name"]
        yield Hop(
            message["claimed_at"], "delivery", f"{tag}: the 24-hour window is closed, template {name} stands in", WARN
        )
    yield from _attempts(message, tag)
    if message.get("possible_duplicate"):
        yield Hop(message["claimed_at"], "delivery", f"{tag} was in doubt and sent again: a possible duplicate", WARN)
    accepted = any(attempt["outcome"] == "accepted" for attempt in message["attempts"])
    if message["state"] == "sent" and message["statuses"] and not accepted:
        first = min(status["received_at"] for status in message["statuses"])
        yield Hop(
            first, "delivery", f"{tag} got no answer from {_provider(message)}: a status settles that it was sent", WARN
        )
    for status in message["statuses"]:
        failed = status["status"] in ("failed", "unknown")
        errors = "; ".join(_error(error) for error in status["errors"])
        what = f"{tag} {status['status']} ({_provider(message)}'s time {status['at']:%H:%M:%S})"
        level = BAD if failed else GOOD
        yield Hop(status["received_at"], "provider", f"{what}: {errors}" if errors else what, level)
    if message["state"] == "sending":
        what = f"{tag}: no answer from the provider yet; `in_doubt` decides if no status comes within the grace period"
        yield Hop(None, "delivery", what, WARN)
    if message["state"] == "held":
        what = f"{tag} is held: its channel is stopped ({_error(message.get('error') or {})})"
        yield Hop(None, "delivery", f"{what}; see `parley channels list`", WARN)
    if message["state"] == "waiting":
        at = message.get("not_before")
        yield Hop(
            None, "delivery", f"{tag} waits for its next attempt" + (f", not before {at:%H:%M:%S}" if at else ""), WARN
        )


def _attempts(message: Document, tag: str) -> Iterator[Hop]:
    for number, attempt in enumerate(message["attempts"], 1):
        nth = f"attempt {number}" if number > 1 or attempt["outcome"] != "accepted" else ""
        if attempt["outcome"] == "accepted":
            what = f"{tag} sent, {_provider(message)} accepted it as {message.get('provider_message_id')}"
            yield Hop(attempt["at"], "delivery", f"{what} ({nth})" if nth else what, GOOD)
        else:
            last = number == len(message["attempts"]) and message["state"] == "failed"
            what = f"{tag} {nth} failed: {_error(attempt.get('error', {}))}" + ("; given up" if last else "")
            yield Hop(attempt["at"], "delivery", what, BAD if last else WARN)


def _pending_outputs(exchange: Exchange) -> Iterator[Hop]:
    """Yield outputs of decisions that no service has processed yet: in Kafka, or in the dead letters."""
    done = {item["_id"] for item in (*exchange.ai_calls, *exchange.outbound)}
    outputs = [output for recorded in exchange.recorded for output in recorded.outputs]
    written = [(output.topic, output.value) for output in outputs]
    written += [(item["topic"], bytes(item["value"])) for call in exchange.ai_calls for item in call["outputs"]]
    for topic, value in written:
        message = _decoded(topic, value)
        if message is None or message.id in done:
            continue
        if isinstance(message, AiRequest):
            yield Hop(None, "ai", f"has not answered request {message.id[:8]} yet", WARN)
        elif isinstance(message, OutboundMessage) and not isinstance(message.body, Presence):
            yield Hop(None, "delivery", f"has not taken message {message.id} yet", WARN)


def _decoded(topic: str, value: bytes) -> Any:
    try:
        return decode(Record(topic=topic, partition=-1, offset=-1, key=b"", value=value))
    except (Undecodable, KeyError):
        return None


def _author(message: Document) -> str:
    return "ai" if message["author"] == "ai" else "router"


def _provider(document: Document) -> str:
    name = str(document["provider"])
    return PROVIDERS[Provider(name)].title if name in set(Provider) else name


def _error(error: Document) -> str:
    words = ": ".join(str(error[name]) for name in ("code", "title") if error.get(name))
    detail = error.get("detail")
    return f"{words} ({detail})" if detail and detail != error.get("title") else words or "no reason given"
