"""A customer's phone: `POST /_sim/phone` writes to a number, `GET /_sim/phone` shows the conversation with it."""

import asyncio
import time
from collections.abc import Iterable
from typing import Any

import msgspec
from aiohttp import web

from devtools.simulators.errors import json_response
from devtools.simulators.inbound import InboundRequest, send
from devtools.simulators.meta_templates import phone_view
from devtools.simulators.received import caption_of, list_button_of, media_of, options_of
from devtools.simulators.request_log import RecordFilter, RequestRecord
from devtools.simulators.state import STATE, SimulatorState
from devtools.simulators.webhooks import digits

Json = dict[str, Any]
WRITTEN = "inbound"  # the kind of records of what customers write; other requests have the kinds of providers

_LIMIT = 10_000
_MOST_WAIT = 25.0  # seconds


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """A customer with a number of the business. number: Meta's phone number id, or Twilio's address."""

    provider: str
    customer: str
    number: str

    def written(self, record: RequestRecord) -> bool:
        """Return whether the customer wrote this."""
        return record.kind == WRITTEN and self._is(record.sender, record)

    def shows(self, record: RequestRecord) -> bool:
        """Return whether the record is a message to the customer from this number, or one that the customer wrote."""
        if record.kind == "message":
            return self._is(record.to, record)
        return self.written(record)

    def _is(self, customer: str, record: RequestRecord) -> bool:
        if record.provider != self.provider or digits(customer) != digits(self.customer):
            return False
        mine = record.phone_number_id if self.provider == "meta" else record.sender
        if record.kind == WRITTEN and self.provider != "meta":
            mine = record.to
        return digits(mine) == digits(self.number)


async def write(request: web.Request) -> web.Response:
    """Have a customer's message sent to ingress, and remember it."""
    state = request.app[STATE]
    given = msgspec.json.decode(await request.read(), type=InboundRequest)
    answer = await send(state, given)
    payload = msgspec.json.encode({"type": given.type, "content": given.content, "media": given.media})
    state.records.add(
        payload=payload,
        at=time.time(),
        provider=given.provider,
        kind=WRITTEN,
        accepted=answer["status"] == 200,
        sender=given.sender,
        to=given.to,
        phone_number_id=given.phone_number_id,
        text=given.text or _title(given.content),
        id=answer["id"],
    )
    return json_response({"id": answer["id"], "status": answer["status"], "body": answer["body"]})


async def read(request: web.Request) -> web.Response:
    """Return the conversation after `since`; with `wait`, wait up to that many seconds for something new."""
    query = dict(request.query)
    since, wait = int(query.pop("since", 0)), min(float(query.pop("wait", 0)), _MOST_WAIT)
    conversation = msgspec.convert(query, Conversation)
    items, last = await _wait(request.app[STATE], conversation, since, wait)
    return json_response({"items": items, "next": last})


async def _wait(
    state: SimulatorState, conversation: Conversation, since: int, seconds: float
) -> tuple[list[Json], int]:
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    wanted = RecordFilter(provider=conversation.provider, accepted="true")
    mine = {one.id for one in state.records.after(0, wanted, _LIMIT)[0] if conversation.written(one)}
    while True:
        left = max(0.0, end - loop.time())
        records, since = await state.records.wait_after(since, wanted, _LIMIT, left)
        items = list(_items(state, conversation, records, mine))
        if items or left <= 0:
            return items, since


def _items(
    state: SimulatorState, conversation: Conversation, records: Iterable[RequestRecord], mine: set[str]
) -> Iterable[Json]:
    for record in records:
        if record.kind == "presence" and record.id in mine:
            typing = "typing_indicator" in msgspec.json.decode(record.payload)
            yield {"seq": record.seq, "at": record.at, "kind": "typing" if typing else "read", "id": record.id}
        elif conversation.shows(record):
            if record.kind == WRITTEN:
                mine.add(record.id)
            yield _message(state, record)


def _message(state: SimulatorState, record: RequestRecord) -> Json:
    payload = msgspec.json.decode(record.payload)
    payload = payload if isinstance(payload, dict) else {}
    shown: Json = {"seq": record.seq, "at": record.at, "id": record.id, "text": record.text}
    if record.kind == WRITTEN:
        return shown | {"kind": "written"}
    return shown | {
        "kind": "message",
        "header": caption_of(payload, "header"),
        "footer": caption_of(payload, "footer"),
        "options": [option._asdict() for option in options_of(payload)],
        "list_button": list_button_of(payload),
        "media": media_of(payload),
        **_template(state, record, payload),
    }


def _template(state: SimulatorState, record: RequestRecord, payload: Json) -> Json:
    """Return the words of a template; nothing for other messages."""
    template = payload.get("template")
    if record.provider != "meta" or not isinstance(template, dict):
        return {}
    account = state.webhook_sender.number_settings(record.phone_number_id).number.waba_id
    return phone_view(template, state.templates.get(account))


def _title(content: Any) -> str:
    """Return the title of the chosen option."""
    kind = content.get("type", "") if isinstance(content, dict) else ""
    chosen = content.get(kind) if kind else None
    return str(chosen.get("title", "")) if isinstance(chosen, dict) else ""
