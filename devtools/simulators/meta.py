"""Meta Graph: `POST /{version}/{phone_number_id}/messages`; media are in `meta_media`.

Sources: Meta "WhatsApp Cloud API: messages reference", "Typing indicators" and "Error codes".
Templates are accepted by any well-formed name, until `POST /_sim/meta/templates` says which ones an account has.
"""

import time
from typing import Any

from aiohttp import web

from devtools.simulators import meta_media
from devtools.simulators.config import ProviderConfig
from devtools.simulators.errors import Refused, answer, meta_error
from devtools.simulators.meta_access import authorize, fault_answer
from devtools.simulators.meta_rules import check_message, check_product
from devtools.simulators.meta_templates import check_filled, page
from devtools.simulators.script import Call, Fault
from devtools.simulators.state import HUB, Hub, as_json, bearer, decode, misbehave
from devtools.simulators.webhook_sender import NumberInfo, Sent
from devtools.simulators.webhooks import digits, is_inbound_wamid, wamid

Json = dict[str, Any]


def routes() -> list[web.RouteDef]:
    return [
        web.post("/meta/{version}/{phone_number_id}/messages", messages),
        web.get("/meta/{version}/{waba_id}/message_templates", message_templates),
        *meta_media.routes(),
    ]


async def messages(request: web.Request) -> web.Response:
    """Send a message, or mark one as read and show typing."""
    hub = request.app[HUB]
    raw = await request.read()
    body: Json | None = decode(raw)
    call = _call(request, body or {})
    plan = await hub.plan(call)
    fault = plan.fault
    payload = as_json(raw, body)
    if fault is not None and not fault.accepts:
        hub.note(call, payload, error={"fault": fault.kind})
        return await misbehave(request, fault, fault_answer)
    try:
        result = _accept(hub, request, call, body, payload, fault)
    except Refused as e:
        hub.note(call, payload, error={"code": e.code, "details": e.details or e.text})
        return meta_error(e.code, e.details, status=e.status, text=e.text)
    if fault is not None and not fault.answers:
        return await misbehave(request, fault, fault_answer)
    return answer(result)


def _call(request: web.Request, body: Json) -> Call:
    return Call(
        provider="meta",
        kind="presence" if "status" in body else "message",
        to=str(body.get("to") or body.get("recipient") or ""),
        text=text_of(body),
        phone_number_id=request.match_info["phone_number_id"],
        token=bearer(request),
    )


def text_of(body: Json) -> str:
    """What a person would read: body, caption, template name; empty for the rest."""
    kind = body.get("type", "text")
    part = body.get(kind) if isinstance(kind, str) else None
    if not isinstance(part, dict):
        return ""
    nested = part.get("body")
    if isinstance(nested, dict):
        nested = nested.get("text")
    return str(nested or part.get("caption") or part.get("name") or part.get("emoji") or "")


def _accept(hub: Hub, request: web.Request, call: Call, body: Json | None, payload: bytes, fault: Fault | None) -> Json:
    info = hub.callbacks.number(call.phone_number_id)
    authorize(request, call, info)
    if body is None:
        raise Refused(100, text="(#100) Invalid parameter: the body is not a JSON object")
    if call.kind == "presence":
        _check_presence(hub, body)
        hub.note(call, payload, message_id=str(body["message_id"]))
        return {"success": True}
    kind = check_message(body)
    if kind == "template":
        check_filled(body["template"], hub.templates.get(info.number.waba_id))
    meta_media.check_known(body, call.phone_number_id, hub.uploads)
    _check_limits(hub, call, info, kind)
    message_id = wamid(call.to, hub.next_n(), seed=hub.seed, inbound=False)
    opaque = body.get("biz_opaque_callback_data")
    hub.note(call, payload, message_id=message_id, sender=info.number.display_phone_number, opaque=opaque or "")
    sent = Sent("meta", call.phone_number_id, message_id, "", call.to, opaque)
    if kind == "template":
        sent.category = "utility"
    failed = fault.code if fault is not None and fault.asynchronous else None
    hub.callbacks.schedule(sent, failed)
    return {
        "messaging_product": "whatsapp",
        "contacts": [{"input": call.to, "wa_id": digits(call.to)}],
        "messages": [{"id": message_id}],
    }


def _check_presence(hub: Hub, body: Json) -> None:
    check_product(body)
    if body["status"] != "read":
        raise Refused(100, text="(#100) Param status must be one of {READ}")
    message_id = body.get("message_id")
    if not isinstance(message_id, str) or not message_id:
        raise Refused(100, text="(#100) The parameter message_id is required.")
    if message_id not in hub.received and not is_inbound_wamid(message_id):
        raise Refused(131009, "message_id was never received by this number")
    typing = body.get("typing_indicator")
    if typing is not None and typing != {"type": "text"}:
        raise Refused(100, text="(#100) Param typing_indicator['type'] must be one of {TEXT}")


def _check_limits(hub: Hub, call: Call, info: NumberInfo, kind: str) -> None:
    customer, number, at = digits(call.to), call.phone_number_id, time.monotonic()
    if customer and customer == digits(info.number.display_phone_number):
        raise Refused(131021, "Sender and recipient are the same number")
    config: ProviderConfig = info.limits or hub.config["meta"]
    if not hub.limits.throughput_passes(number, at, config):
        raise Refused(130429, "Cloud API message throughput has been reached.", status=429)
    if kind != "template" and not hub.limits.window_open(number, customer, at, config):
        raise Refused(131047, "More than 24 hours have passed since the customer last replied to this number.")
    if not hub.limits.pair_passes(number, customer, at, config):
        raise Refused(131056, "Too many messages sent from this number to the same customer in a short time.")


async def message_templates(request: web.Request) -> web.Response:
    """The templates of an account, in pages."""
    if not bearer(request):
        return meta_error(190, text="An access token is required to request this resource.", status=401)
    known = request.app[HUB].templates.get(request.match_info["waba_id"], [])
    return answer(page(known, request.query, str(request.url.with_query(None))))
