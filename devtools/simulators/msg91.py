"""MSG91: `POST /api/v5/whatsapp/whatsapp-outbound-message/`, as far as it is known.

Assumed, because MSG91 publishes no schema for it: the header `authkey`, the fields `integrated_number`,
`recipient_number`, `content_type`, `text`, `template` and `CRQID`, and the shape of both answers. Its published limit
is 100 requests a minute (enforced with `{"msg91": {"throughput": 1.667}}`).
"""

import time
from typing import Any

from aiohttp import web

from devtools.simulators.errors import RequestRefused, json_response, msg91_error
from devtools.simulators.script import ProviderCall, ScriptedFault
from devtools.simulators.state import STATE, SimulatorState, as_json, decode, send_fault
from devtools.simulators.webhooks import digits, twilio_sid


def routes() -> list[web.RouteDef]:
    path = "/msg91/api/v5/whatsapp/whatsapp-outbound-message"
    return [web.post(path, messages), web.post(path + "/", messages)]


async def messages(request: web.Request) -> web.Response:
    """Accept a message."""
    state = request.app[STATE]
    raw = await request.read()
    body: dict[str, Any] | None = decode(raw)
    fields = body or {}
    call = ProviderCall(
        provider="msg91",
        to=str(fields.get("recipient_number", "")),
        text=str(fields.get("text", "")),
        token=request.headers.get("authkey", ""),
    )
    plan = await state.plan(call)
    fault, payload = plan.fault, as_json(raw, body)
    if fault is not None and not fault.accepts_message:
        state.record_request(call, payload, error={"fault": fault.kind})
        return await send_fault(request, fault, fault_response)
    try:
        _check(state, call, body)
    except RequestRefused as e:
        state.record_request(call, payload, error={"code": e.code, "details": e.details})
        return msg91_error(e.code, e.details)
    message_id = twilio_sid(state.next_number(), seed=state.seed, prefix="")
    state.record_request(call, payload, message_id=message_id, sender=str(fields["integrated_number"]))
    if fault is not None and not fault.changes_answer:
        return await send_fault(request, fault, fault_response)
    return json_response(
        {"status": "success", "hasError": False, "data": "Message submitted", "request_id": message_id}
    )


def _check(state: SimulatorState, call: ProviderCall, body: dict[str, Any] | None) -> None:
    if not call.token:
        raise RequestRefused(401, "Unauthorized")
    if body is None:
        raise RequestRefused(400, "Invalid JSON")
    for name in ("integrated_number", "recipient_number", "content_type"):
        if not body.get(name):
            raise RequestRefused(400, f"{name} is required")
    _check_content(body["content_type"], call.text, body.get("template"))
    if not 7 <= len(digits(call.to)) <= 15:
        raise RequestRefused(400, "recipient_number is not valid")
    if not state.limits.take_throughput_token(call.token, time.monotonic(), state.config["msg91"]):
        raise RequestRefused(429, "Too many requests")


def _check_content(kind: object, text: str, template: object) -> None:
    if kind == "text":
        if not text:
            raise RequestRefused(400, "text is required")
    elif kind == "template":
        given = template if isinstance(template, dict) else {}
        language = given.get("language")
        if not (given.get("name") and isinstance(language, dict) and language.get("code")):
            raise RequestRefused(400, "template needs a name and a language with its code")
    else:
        raise RequestRefused(400, "content_type must be text or template")


def fault_response(fault: ScriptedFault, headers: dict[str, str]) -> web.Response:
    """Return a scripted fault as MSG91's error response."""
    if fault.kind == "empty_error":
        return msg91_error(200, fault.message or "")
    status = {"expired_token": 401, "throttle": 429, "error": 400, "overloaded": 503}.get(fault.kind, 500)
    return msg91_error(fault.status or status, fault.message or fault.kind, headers)
