"""Twilio: `POST /2010-04-01/Accounts/{sid}/Messages.json`.

Sources: Twilio "Messages resource: create a message", "Error and warning dictionary", "Requests to the Twilio API:
basic authentication". Every well-formed template (ContentSid) is accepted.
"""

import base64
import binascii
import re
import time
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs

import msgspec
from aiohttp import ClientSession, web

from devtools.simulators.errors import TWILIO, RequestRefused, json_response, twilio_error
from devtools.simulators.sample_image import PNG
from devtools.simulators.script import ProviderCall, ScriptedFault
from devtools.simulators.state import STATE, SimulatorState, decode, send_fault
from devtools.simulators.webhook_sender import AcceptedMessage
from devtools.simulators.webhooks import digits, twilio_sid

_ADDRESS = re.compile(r"(whatsapp:)?\+[1-9]\d{6,14}")
_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_MAX_MEDIA = 16 * 1024 * 1024
_URL = re.compile(r"https?://[^\s/?#]+\S*")


def routes() -> list[web.RouteDef]:
    return [
        web.post("/twilio/2010-04-01/Accounts/{account_sid}/Messages.json", messages),
        web.get("/twilio/2010-04-01/Accounts/{account_sid}/Messages/{message_sid}/Media/{media_sid}", media),
        web.get("/twilio/2010-04-01/Accounts/{account_sid}.json", account),
        web.get("/twilio/_media/{media_sid}", download),
    ]


async def messages(request: web.Request) -> web.Response:
    """Accept a message."""
    state = request.app[STATE]
    raw = await request.read()
    fields = parse_qs(raw.decode("utf-8", "replace"), keep_blank_values=True)
    form = {name: values[0] for name, values in fields.items()}
    payload = msgspec.json.encode({name: v if len(v) > 1 else v[0] for name, v in fields.items()})
    user, token = _basic_auth(request)
    call = ProviderCall(
        provider="twilio",
        to=form.get("To", ""),
        text=form.get("Body", ""),
        account_sid=request.match_info["account_sid"],
        token=token,
    )
    plan = await state.plan(call)
    fault = plan.fault
    if fault is not None and not fault.accepts_message:
        state.record_request(call, payload, error={"fault": fault.kind})
        return await send_fault(request, fault, fault_response)
    try:
        _authorize(state, call, user)
        _check(form, fields.get("MediaUrl", []))
        _check_limits(state, call, form)
        await _fetch(state, fields.get("MediaUrl", []))
    except RequestRefused as e:
        state.record_request(call, payload, error={"code": e.code, "details": e.details}, sender=form.get("From", ""))
        return twilio_error(e.code, e.details, status=e.status)
    resource = _accept(state, call, form, payload, len(fields.get("MediaUrl", [])), fault)
    if fault is not None and not fault.changes_answer:
        return await send_fault(request, fault, fault_response)
    return json_response(resource, 201)


async def media(request: web.Request) -> web.Response:
    """Redirect to the file, as for an account that requires authentication for media."""
    user, token = _basic_auth(request)
    try:
        call = ProviderCall(provider="twilio", account_sid=request.match_info["account_sid"], token=token)
        _authorize(request.app[STATE], call, user)
    except RequestRefused as e:
        return twilio_error(e.code, e.details, status=e.status)
    raise web.HTTPTemporaryRedirect(f"/twilio/_media/{request.match_info['media_sid']}")


async def account(request: web.Request) -> web.Response:
    """Return the account."""
    user, token = _basic_auth(request)
    sid = request.match_info["account_sid"]
    try:
        _authorize(request.app[STATE], ProviderCall(provider="twilio", account_sid=sid, token=token), user)
    except RequestRefused as e:
        return twilio_error(e.code, e.details, status=e.status)
    return json_response({"sid": sid, "status": "active", "type": "Full"})


async def download(request: web.Request) -> web.Response:
    """Return the file; the URL needs no authentication."""
    return web.Response(body=PNG, content_type="image/png")


def _basic_auth(request: web.Request) -> tuple[str, str]:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, token = base64.b64decode(value).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, token


def _authorize(state: SimulatorState, call: ProviderCall, user: str) -> None:
    sid, token = call.account_sid, call.token
    if not token or user != sid or _ACCOUNT.fullmatch(sid) is None:
        raise RequestRefused(20003)
    if sid in state.registered and state.webhook_sender.tokens[sid] != token:
        raise RequestRefused(20003)
    state.webhook_sender.tokens[sid] = token


def _check(form: Mapping[str, str], media: list[str]) -> None:
    """Raise RequestRefused unless Twilio would accept the form."""
    sender, to = form.get("From", ""), form.get("To", "")
    if not to:
        raise RequestRefused(21604)
    if _ADDRESS.fullmatch(to) is None:
        raise RequestRefused(21211, to)
    if not sender and not form.get("MessagingServiceSid"):
        raise RequestRefused(21603)
    if sender:
        _check_sender(sender, to)
    _check_content(form, media)
    callback = form.get("StatusCallback", "")
    if callback and _URL.fullmatch(callback) is None:
        raise RequestRefused(21609, callback)


def _check_sender(sender: str, to: str) -> None:
    if _ADDRESS.fullmatch(sender) is None:
        raise RequestRefused(21212, sender)
    if sender.startswith("whatsapp:") != to.startswith("whatsapp:"):
        raise RequestRefused(21910)
    if sender == to:
        raise RequestRefused(63031)


def _check_content(form: Mapping[str, str], media: list[str]) -> None:
    body, content = form.get("Body", ""), form.get("ContentSid", "")
    if len(body) > 1600:
        raise RequestRefused(21617)
    if not body.strip() and not content and not media:
        raise RequestRefused(21619)
    if content and re.fullmatch(r"HX[0-9a-fA-F]{32}", content) is None:
        raise RequestRefused(21655, content)
    if form.get("ContentVariables") and decode(form["ContentVariables"].encode()) is None:
        raise RequestRefused(21656)
    if len(media) > 10:
        raise RequestRefused(21623)
    if any(_URL.fullmatch(url) is None for url in media):
        raise RequestRefused(21620)


def _check_limits(state: SimulatorState, call: ProviderCall, form: Mapping[str, str]) -> None:
    config, number, at = state.config["twilio"], digits(form.get("From", "")), time.monotonic()
    if not state.limits.take_throughput_token(call.account_sid, at, config):
        raise RequestRefused(20429)
    if not form.get("ContentSid") and not state.limits.window_open(number, digits(call.to), at, config):
        raise RequestRefused(63016)
    if not state.limits.take_pair_token(number, digits(call.to), at, config):
        raise RequestRefused(63018)


async def _fetch(state: SimulatorState, urls: list[str]) -> None:
    """Fetch the files of a message that are at our own public address, as Twilio fetches all. Raises RequestRefused."""
    base = state.env.public_base_url
    for url in urls:
        if not base or not url.startswith(f"{base}/m/"):
            continue
        async with ClientSession() as http, http.get(state.env.ingress_url + url.removeprefix(base)) as response:
            body = await response.read()
            if response.status != 200 or not body or len(body) > _MAX_MEDIA:
                raise RequestRefused(21620, f"{response.status} with {len(body)} bytes")
            state.fetched.append((response.content_type, body))


def _accept(
    state: SimulatorState,
    call: ProviderCall,
    form: Mapping[str, str],
    payload: bytes,
    media: int,
    fault: ScriptedFault | None,
) -> dict[str, Any]:
    prefix = "MM" if media else "SM"
    sid = twilio_sid(state.next_number(), seed=state.seed, prefix=prefix)
    sender, callback = form.get("From", ""), form.get("StatusCallback", "")
    state.record_request(call, payload, message_id=sid, sender=sender, opaque=callback)
    failed = fault.code if fault is not None and fault.asynchronous else None
    state.webhook_sender.schedule(AcceptedMessage("twilio", call.account_sid, sid, sender, call.to, callback), failed)
    now = formatdate(usegmt=True).replace("GMT", "+0000")
    uri = f"/2010-04-01/Accounts/{call.account_sid}/Messages/{sid}"
    return {
        "account_sid": call.account_sid,
        "api_version": "2010-04-01",
        "body": call.text,
        "date_created": now,
        "date_sent": None,
        "date_updated": now,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": sender,
        "messaging_service_sid": form.get("MessagingServiceSid"),
        "num_media": str(media),
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": sid,
        "status": "queued",
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": call.to,
        "uri": f"{uri}.json",
    }


def fault_response(fault: ScriptedFault, headers: dict[str, str]) -> web.Response:
    """Return a scripted fault as Twilio's error response."""
    if fault.kind == "empty_error":
        return json_response({"code": fault.code, "message": fault.message})
    code, status = {
        "expired_token": (20003, 401),
        "throttle": (20429, 429),
        "overloaded": (20503, 503),
        "error": (30001, None),
    }.get(fault.kind, (20500, 500))
    if fault.code is not None:
        code = fault.code
        status = status if fault.kind == "throttle" or code not in TWILIO else None
    return twilio_error(
        code, fault.details or "", status=fault.status or status, text=fault.message or "", headers=headers
    )
