"""Twilio: `POST /2010-04-01/Accounts/{sid}/Messages.json`.

Sources: Twilio "Messages resource: create a message", "Error and warning dictionary", "Requests to the Twilio API:
basic authentication". Not known and therefore lenient: which templates (ContentSid) exist.
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
from aiohttp import web

from devtools.simulators.errors import TWILIO, Refused, answer, twilio_error
from devtools.simulators.sample_image import PNG
from devtools.simulators.script import Call, Fault
from devtools.simulators.state import HUB, Hub, decode, misbehave
from devtools.simulators.webhook_sender import Sent
from devtools.simulators.webhooks import digits, twilio_sid

_ADDRESS = re.compile(r"(whatsapp:)?\+[1-9]\d{6,14}")
_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_URL = re.compile(r"https?://[^\s/?#]+\S*")


def routes() -> list[web.RouteDef]:
    return [
        web.post("/twilio/2010-04-01/Accounts/{account_sid}/Messages.json", messages),
        web.get("/twilio/2010-04-01/Accounts/{account_sid}/Messages/{message_sid}/Media/{media_sid}", media),
        web.get("/twilio/_media/{media_sid}", download),
    ]


async def messages(request: web.Request) -> web.Response:
    """Send a message."""
    hub = request.app[HUB]
    raw = await request.read()
    fields = parse_qs(raw.decode("utf-8", "replace"), keep_blank_values=True)
    form = {name: values[0] for name, values in fields.items()}
    payload = msgspec.json.encode({name: v if len(v) > 1 else v[0] for name, v in fields.items()})
    user, token = _basic(request)
    call = Call(
        provider="twilio",
        to=form.get("To", ""),
        text=form.get("Body", ""),
        account_sid=request.match_info["account_sid"],
        token=token,
    )
    plan = await hub.plan(call)
    fault = plan.fault
    if fault is not None and not fault.accepts:
        hub.note(call, payload, error={"fault": fault.kind})
        return await misbehave(request, fault, fault_answer)
    try:
        _authorize(hub, call, user)
        _check(form, fields.get("MediaUrl", []))
        _check_limits(hub, call, form)
    except Refused as e:
        hub.note(call, payload, error={"code": e.code, "details": e.details}, sender=form.get("From", ""))
        return twilio_error(e.code, e.details, status=e.status)
    resource = _accept(hub, call, form, payload, len(fields.get("MediaUrl", [])), fault)
    if fault is not None and not fault.answers:
        return await misbehave(request, fault, fault_answer)
    return answer(resource, 201)


async def media(request: web.Request) -> web.Response:
    """Leads on to the file, as an account does that wants authentication for media."""
    user, token = _basic(request)
    try:
        call = Call(provider="twilio", account_sid=request.match_info["account_sid"], token=token)
        _authorize(request.app[HUB], call, user)
    except Refused as e:
        return twilio_error(e.code, e.details, status=e.status)
    raise web.HTTPTemporaryRedirect(f"/twilio/_media/{request.match_info['media_sid']}")


async def download(request: web.Request) -> web.Response:
    """The file, for everybody who knows its address."""
    return web.Response(body=PNG, content_type="image/png")


def _basic(request: web.Request) -> tuple[str, str]:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, token = base64.b64decode(value).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, token


def _authorize(hub: Hub, call: Call, user: str) -> None:
    sid, token = call.account_sid, call.token
    if not token or user != sid or _ACCOUNT.fullmatch(sid) is None:
        raise Refused(20003)
    if sid in hub.registered and hub.callbacks.tokens[sid] != token:
        raise Refused(20003)
    hub.callbacks.tokens[sid] = token


def _check(form: Mapping[str, str], media: list[str]) -> None:
    """Raises Refused unless Twilio would take the form."""
    sender, to = form.get("From", ""), form.get("To", "")
    if not to:
        raise Refused(21604)
    if _ADDRESS.fullmatch(to) is None:
        raise Refused(21211, to)
    if not sender and not form.get("MessagingServiceSid"):
        raise Refused(21603)
    if sender:
        _check_sender(sender, to)
    _check_content(form, media)
    callback = form.get("StatusCallback", "")
    if callback and _URL.fullmatch(callback) is None:
        raise Refused(21609, callback)


def _check_sender(sender: str, to: str) -> None:
    if _ADDRESS.fullmatch(sender) is None:
        raise Refused(21212, sender)
    if sender.startswith("whatsapp:") != to.startswith("whatsapp:"):
        raise Refused(21910)
    if sender == to:
        raise Refused(63031)


def _check_content(form: Mapping[str, str], media: list[str]) -> None:
    body, content = form.get("Body", ""), form.get("ContentSid", "")
    if len(body) > 1600:
        raise Refused(21617)
    if not body.strip() and not content and not media:
        raise Refused(21619)
    if content and re.fullmatch(r"HX[0-9a-fA-F]{32}", content) is None:
        raise Refused(21655, content)
    if form.get("ContentVariables") and decode(form["ContentVariables"].encode()) is None:
        raise Refused(21656)
    if len(media) > 10:
        raise Refused(21623)
    if any(_URL.fullmatch(url) is None for url in media):
        raise Refused(21620)


def _check_limits(hub: Hub, call: Call, form: Mapping[str, str]) -> None:
    config, number, at = hub.config["twilio"], digits(form.get("From", "")), time.monotonic()
    if not hub.limits.throughput_passes(call.account_sid, at, config):
        raise Refused(20429)
    if not form.get("ContentSid") and not hub.limits.window_open(number, digits(call.to), at, config):
        raise Refused(63016)
    if not hub.limits.pair_passes(number, digits(call.to), at, config):
        raise Refused(63018)


def _accept(
    hub: Hub, call: Call, form: Mapping[str, str], payload: bytes, media: int, fault: Fault | None
) -> dict[str, Any]:
    prefix = "MM" if media else "SM"
    sid = twilio_sid(hub.next_n(), seed=hub.seed, prefix=prefix)
    sender, callback = form.get("From", ""), form.get("StatusCallback", "")
    hub.note(call, payload, message_id=sid, sender=sender, opaque=callback)
    failed = fault.code if fault is not None and fault.asynchronous else None
    hub.callbacks.schedule(Sent("twilio", call.account_sid, sid, sender, call.to, callback), failed)
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


def fault_answer(fault: Fault, headers: dict[str, str]) -> web.Response:
    """A scripted fault in Twilio's words."""
    if fault.kind == "empty_error":
        return answer({"code": fault.code, "message": fault.message})
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
