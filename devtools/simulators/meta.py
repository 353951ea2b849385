"""Meta Graph: `POST /{version}/{phone_number_id}/messages`; media are in `meta_media`.

Sources: Meta "WhatsApp Cloud API: messages reference", "Typing indicators" and "Error codes".
Templates with any well-formed name are accepted, until `POST /_sim/meta/templates` sets those of an account.
"""

import time
from typing import Any

from aiohttp import web

from devtools.simulators import meta_media
from devtools.simulators.config import ProviderConfig
from devtools.simulators.errors import RequestRefused, json_response, meta_error
from devtools.simulators.meta_access import authorize, fault_response
from devtools.simulators.meta_rules import check_message, check_messaging_product
from devtools.simulators.meta_templates import check_template_parameters, template_page
from devtools.simulators.script import ProviderCall, ScriptedFault
from devtools.simulators.state import STATE, SimulatorState, as_json, bearer, decode, send_fault
from devtools.simulators.webhook_sender import AcceptedMessage, MetaNumberSettings
from devtools.simulators.webhooks import digits, is_inbound_wamid, wamid

Json = dict[str, Any]


def routes() -> list[web.RouteDef]:
    return [
        web.post("/meta/{version}/{phone_number_id}/messages", messages),
        web.get("/meta/{version}/{waba_id}/message_templates", message_templates),
        *meta_media.routes(),
    ]


async def messages(request: web.Request) -> web.Response:
    """Accept a message, or a read mark with typing indicator."""
    state = request.app[STATE]
    raw = await request.read()
    body: Json | None = decode(raw)
    call = _call(request, body or {})
    plan = await state.plan(call)
    fault = plan.fault
    payload = as_json(raw, body)
    if fault is not None and not fault.accepts_message:
        state.record_request(call, payload, error={"fault": fault.kind})
        return await send_fault(request, fault, fault_response)
    try:
        result = _accept(state, request, call, body, payload, fault)
    except RequestRefused as e:
        state.record_request(call, payload, error={"code": e.code, "details": e.details or e.text})
        return meta_error(e.code, e.details, status=e.status, text=e.text)
    if fault is not None and not fault.changes_answer:
        return await send_fault(request, fault, fault_response)
    return json_response(result)


def _call(request: web.Request, body: Json) -> ProviderCall:
    return ProviderCall(
        provider="meta",
        kind="presence" if "status" in body else "message",
        to=str(body.get("to") or body.get("recipient") or ""),
        text=text_of(body),
        phone_number_id=request.match_info["phone_number_id"],
        token=bearer(request),
    )


def text_of(body: Json) -> str:
    """Return the readable text: body, caption or template name; empty for the rest."""
    kind = body.get("type", "text")
    part = body.get(kind) if isinstance(kind, str) else None
    if not isinstance(part, dict):
        return ""
    nested = part.get("body")
    if isinstance(nested, dict):
        nested = nested.get("text")
    return str(nested or part.get("caption") or part.get("name") or part.get("emoji") or "")


def _accept(
    state: SimulatorState,
    request: web.Request,
    call: ProviderCall,
    body: Json | None,
    payload: bytes,
    fault: ScriptedFault | None,
) -> Json:
    info = state.webhook_sender.number_settings(call.phone_number_id)
    authorize(request, call, info)
    if body is None:
        raise RequestRefused(100, text="(#100) Invalid parameter: the body is not a JSON object")
    if call.kind == "presence":
        _check_presence(state, body)
        state.record_request(call, payload, message_id=str(body["message_id"]))
        return {"success": True}
    kind = check_message(body)
    if kind == "template":
        check_template_parameters(body["template"], state.templates.get(info.number.waba_id))
    meta_media.check_uploaded(body, call.phone_number_id, state.uploads)
    _check_limits(state, call, info, kind)
    message_id = wamid(call.to, state.next_number(), seed=state.seed, inbound=False)
    opaque = body.get("biz_opaque_callback_data")
    state.record_request(
        call, payload, message_id=message_id, sender=info.number.display_phone_number, opaque=opaque or ""
    )
    sent = AcceptedMessage("meta", call.phone_number_id, message_id, "", call.to, opaque)
    if kind == "template":
        sent.category = "utility"
    failed = fault.code if fault is not None and fault.asynchronous else None
    state.webhook_sender.schedule(sent, failed)
    return {
        "messaging_product": "whatsapp",
        "contacts": [{"input": call.to, "wa_id": digits(call.to)}],
        "messages": [{"id": message_id}],
    }


def _check_presence(state: SimulatorState, body: Json) -> None:
    check_messaging_product(body)
    if body["status"] != "read":
        raise RequestRefused(100, text="(#100) Param status must be one of {READ}")
    message_id = body.get("message_id")
    if not isinstance(message_id, str) or not message_id:
        raise RequestRefused(100, text="(#100) The parameter message_id is required.")
    if message_id not in state.received and not is_inbound_wamid(message_id):
        raise RequestRefused(131009, "message_id was never received by this number")
    typing = body.get("typing_indicator")
    if typing is not None and typing != {"type": "text"}:
        raise RequestRefused(100, text="(#100) Param typing_indicator['type'] must be one of {TEXT}")


def _check_limits(state: SimulatorState, call: ProviderCall, info: MetaNumberSettings, kind: str) -> None:
    customer, number, at = digits(call.to), call.phone_number_id, time.monotonic()
    if customer and customer == digits(info.number.display_phone_number):
        raise RequestRefused(131021, "Sender and recipient are the same number")
    config: ProviderConfig = info.limits or state.config["meta"]
    if not state.limits.take_throughput_token(number, at, config):
        raise RequestRefused(130429, "Cloud API message throughput has been reached.", status=429)
    if kind != "template" and not state.limits.window_open(number, customer, at, config):
        raise RequestRefused(131047, "More than 24 hours have passed since the customer last replied to this number.")
    if not state.limits.take_pair_token(number, customer, at, config):
        raise RequestRefused(131056, "Too many messages sent from this number to the same customer in a short time.")


async def message_templates(request: web.Request) -> web.Response:
    """List the templates of an account in pages."""
    if not bearer(request):
        return meta_error(190, text="An access token is required to request this resource.", status=401)
    state, account = request.app[STATE], request.match_info["waba_id"]
    of_account = [one for one in state.webhook_sender.numbers.values() if one.number.waba_id == account]
    tokens = {one.access_token for one in of_account} - {""}
    if tokens and bearer(request) not in tokens:
        return meta_error(190, text="Error validating access token: Session has expired.", status=401)
    known = state.templates.get(account, [])
    try:
        return json_response(template_page(known, request.query, str(request.url.with_query(None))))
    except RequestRefused as e:
        return meta_error(e.code, e.details, status=e.status, text=e.text)
