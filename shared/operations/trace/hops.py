"""Lists the steps of one exchange with their times, from its stored documents. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

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
    """One step. where: the service, `customer` or `provider`. what: in English. level: its severity. text: the text of
    the message. code, values: the same as `what`, for pages in other languages; values that are not known are left out.

    at: None for a step that has not happened yet.
    """

    at: datetime | None
    where: str
    what: str
    level: str = PLAIN
    text: str = ""
    code: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


StepCode = Literal[
    "wrote",
    "received",
    "decided",
    "asked_ai",
    "took_request",
    "chose_model",
    "tool",
    "ai_done",
    "summary",
    "made",
    "claimed",
    "template_instead",
    "accepted",
    "attempt_failed",
    "given_up",
    "maybe_duplicate",
    "settled",
    "status",
    "no_answer_yet",
    "held",
    "waits",
    "ai_pending",
    "delivery_pending",
]
CODES: tuple[str, ...] = get_args(StepCode)
"""All codes of steps; the console has words for each in every language."""


def _hop(
    at: datetime | None, where: str, code: StepCode, what: str, level: str = PLAIN, text: str = "", **values: object
) -> Hop:
    known = {name: str(value) for name, value in values.items() if value not in (None, "")}
    return Hop(at, where, what, level, text, code, known)


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


def _number(tag: str) -> str:
    """Return the number in a tag; empty: there is one message only."""
    return tag.removeprefix("message").strip()


def _inbound(message: Document, exchange: Exchange) -> Iterator[Hop]:
    name = _provider(message)
    exact = " (whole seconds)" if message["provider"] == "meta" else ""
    said = message["text"]
    kind = message["content"].get("kind") or message["content"]["type"]
    if message["content"]["type"] == "text":
        kind = f"text, {len(said)} characters"
    what = f"wrote: {kind}; {name}'s time{exact}"
    kind_name = message["content"].get("kind") or message["content"]["type"]
    size = len(said) if message["content"]["type"] == "text" else ""
    yield _hop(message["sent_at"], "customer", "wrote", what, text=said, kind=kind_name, characters=size, provider=name)
    yield _hop(message["received_at"], "ingress", "received", f"received from {name}, safe in Kafka", provider=name)
    decision, _, note = message["decision"].partition(": ")
    turn = message["turn"]
    what = f"turn {turn}: {decision}" + (f" ({note})" if note else "")
    at = _decided_at(message, exchange)
    yield _hop(at, "router", "decided", what, turn=turn, decision=decision, note=note)


def _decided_at(message: Document, exchange: Exchange) -> datetime:
    """Return the time of the decision: outputs carry it; the message itself is stored a moment later."""
    made = [call["requested_at"] for call in exchange.ai_calls if call["turn"] == message["turn"]]
    made += [item["created_at"] for item in exchange.outbound if item["cause"] == message["_id"]]
    at: datetime = min([message["routed_at"], *made])
    return at


def _ai_call(call: Document) -> Iterator[Hop]:
    if call["outcome"] in ("summary", "no summary"):
        made = f"{call['model']}, USD {call['cost_usd']}" if call["outcome"] == "summary" else call.get("error", "")
        what = f"{call['outcome']} of the conversation: {made}"
        yield _hop(call["finished_at"], "ai", "summary", what, outcome=call["outcome"], made=made)
        return
    until = call.get("not_before")
    wait = f", not before {until:%H:%M:%S.%f}"[:-3] + ": the customer may be writing on" if until else ""
    request, at = call["_id"][:8], f"{until:%H:%M:%S.%f}"[:-3] if until else ""
    yield _hop(
        call["requested_at"], "router", "asked_ai", f"asked ai, request {request}{wait}", request=request, until=at
    )
    yield _hop(call["started_at"], "ai", "took_request", "took the request")
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
    yield _hop(
        call["finished_at"],
        "ai",
        "ai_done",
        what,
        GOOD if call["outcome"] in ("answered", "faq") else BAD,
        outcome=call["outcome"],
        model=call["model"],
        calls=call["attempts"],
        tokens_in=call["input_tokens"],
        tokens_out=call["output_tokens"],
        cached=call.get("cache_read_tokens") or "",
        usd=call["cost_usd"] if cost else "",
        seconds=f"{took:.2f}",
        error=call.get("error", ""),
    )


def _model_choice(call: Document) -> Iterator[Hop]:
    """Yield the choice of the model, its reasons, and the cost of the other model."""
    routing = call.get("routing")
    if not routing:
        return
    what = f"chose {routing['choice']}, {routing['model']}: {', '.join(routing['reasons'])}"
    if routing["other_model"] and routing["other_usd"] != "0":
        what += f"; {routing['other_model']} would have cost USD {routing['other_usd']}"
    other = routing["other_model"] if routing["other_usd"] != "0" else ""
    yield _hop(
        call["started_at"],
        "ai",
        "chose_model",
        what,
        choice=routing["choice"],
        model=routing["model"],
        reasons=", ".join(routing["reasons"]),
        other=other,
        usd=routing["other_usd"] if other else "",
    )


def _tool_calls(call: Document) -> Iterator[Hop]:
    """Yield the tools that models called, in all attempts. Their exact times are not stored."""
    for use in call.get("tools", ()):
        level = PLAIN if use["outcome"] == "ok" else WARN
        what = f"tool {use['name']}: {use['outcome']}, {use['ms']} ms"
        values = {"name": use["name"], "outcome": use["outcome"], "ms": use["ms"]}
        yield _hop(call["finished_at"], "ai", "tool", what, level, **values)


def _outbound(message: Document, tag: str) -> Iterator[Hop]:
    number, provider = _number(tag), _provider(message)
    yield _hop(
        message["created_at"],
        _author(message),
        "made",
        f"{tag} {message['_id']} made by {message['author']}",
        text=message["text"],
        number=number,
        id=message["_id"],
        author=message["author"],
    )
    yield _hop(message["first_claimed_at"], "delivery", "claimed", f"{tag} claimed", number=number)
    if message.get("instead"):
        name = message["instead"]["name"]
        what = f"{tag}: the 24-hour window is closed, template {name} stands in"
        yield _hop(message["claimed_at"], "delivery", "template_instead", what, WARN, number=number, template=name)
    yield from _attempts(message, tag)
    if message.get("possible_duplicate"):
        what = f"{tag} was in doubt and sent again: a possible duplicate"
        yield _hop(message["claimed_at"], "delivery", "maybe_duplicate", what, WARN, number=number)
    accepted = any(attempt["outcome"] == "accepted" for attempt in message["attempts"])
    if message["state"] == "sent" and message["statuses"] and not accepted:
        first = min(status["received_at"] for status in message["statuses"])
        what = f"{tag} got no answer from {provider}: a status settles that it was sent"
        yield _hop(first, "delivery", "settled", what, WARN, number=number, provider=provider)
    for status in message["statuses"]:
        failed = status["status"] in ("failed", "unknown")
        errors = "; ".join(_error(error) for error in status["errors"])
        what = f"{tag} {status['status']} ({provider}'s time {status['at']:%H:%M:%S})"
        values = {"status": status["status"], "provider": provider, "error": errors, "number": number}
        what = f"{what}: {errors}" if errors else what
        yield _hop(status["received_at"], "provider", "status", what, BAD if failed else GOOD, **values)
    if message["state"] == "sending":
        what = f"{tag}: no answer from the provider yet; `in_doubt` decides if no status comes within the grace period"
        yield _hop(None, "delivery", "no_answer_yet", what, WARN, number=number)
    if message["state"] == "held":
        error = _error(message.get("error") or {})
        what = f"{tag} is held: its channel is stopped ({error}); see `parley channels list`"
        yield _hop(None, "delivery", "held", what, WARN, number=number, error=error)
    if message["state"] == "waiting":
        at = message.get("not_before")
        until = f"{at:%H:%M:%S}" if at else ""
        what = f"{tag} waits for its next attempt" + (f", not before {until}" if until else "")
        yield _hop(None, "delivery", "waits", what, WARN, number=number, until=until)


def _attempts(message: Document, tag: str) -> Iterator[Hop]:
    for number, attempt in enumerate(message["attempts"], 1):
        nth = f"attempt {number}" if number > 1 or attempt["outcome"] != "accepted" else ""
        if attempt["outcome"] == "accepted":
            provider, id_ = _provider(message), message.get("provider_message_id")
            what = f"{tag} sent, {provider} accepted it as {id_}"
            what = f"{what} ({nth})" if nth else what
            values: Document = {
                "number": _number(tag),
                "provider": provider,
                "id": id_,
                "attempt": number if nth else "",
            }
            yield _hop(attempt["at"], "delivery", "accepted", what, GOOD, **values)
        else:
            last = number == len(message["attempts"]) and message["state"] == "failed"
            error = _error(attempt.get("error", {}))
            code: StepCode = "given_up" if last else "attempt_failed"
            what = f"{tag} {nth} failed: {error}" + ("; given up" if last else "")
            values = {"number": _number(tag), "attempt": number, "error": error}
            yield _hop(attempt["at"], "delivery", code, what, BAD if last else WARN, **values)


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
            request = message.id[:8]
            yield _hop(None, "ai", "ai_pending", f"has not answered request {request} yet", WARN, request=request)
        elif isinstance(message, OutboundMessage) and not isinstance(message.body, Presence):
            what = f"has not taken message {message.id} yet"
            yield _hop(None, "delivery", "delivery_pending", what, WARN, id=message.id)


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
