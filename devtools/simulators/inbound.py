"""Send a customer's message to ingress as Meta, Twilio or MSG91 does: `POST /_sim/inbound`."""

import time
from base64 import b64encode
from typing import Any, Literal

import msgspec

from devtools.simulators.sample_image import SHA256
from devtools.simulators.state import SimulatorState
from devtools.simulators.webhook_sender import WebhookResponse
from devtools.simulators.webhooks import (
    Json,
    MetaItem,
    MetaNumber,
    digits,
    meta_contact,
    meta_message,
    meta_webhook,
    sign_meta,
    twilio_form,
    twilio_sid,
    wamid,
)

_MEDIA = frozenset({"image", "video", "audio", "voice", "document", "sticker"})


class InboundRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST /_sim/inbound`; fields that a provider does not use are ignored."""

    provider: Literal["meta", "twilio", "msg91"]
    sender: str = msgspec.field(default="", name="from")
    name: str = ""
    text: str = ""
    type: str = "text"
    content: Any = None  # Meta: the object under the type's name
    context: Json | None = None
    extra: dict[str, Any] | None = None  # Meta: more top-level fields; Twilio: more form fields
    id: str = ""
    timestamp: int | None = None
    user_id: str = ""  # Meta: business-scoped user id
    phone_number_id: str = ""
    display_phone_number: str = ""
    waba_id: str = ""
    to: str = ""
    account_sid: str = ""
    auth_token: str = ""
    media: list[tuple[str, str]] = []  # Twilio: (URL, content type); empty URL: the sample image
    payload: Any = None  # the whole body instead (Meta: any webhook, signed; MSG91: field names are configurable)
    headers: dict[str, str] = {}
    app_secret: str = ""
    path: str = ""
    times: int = 1
    retry: bool = False


async def send(state: SimulatorState, given: InboundRequest) -> dict[str, Any]:
    """Send the webhook `times` times, one after another; return the responses of ingress."""
    post = {"meta": _meta, "twilio": _twilio, "msg91": _msg91}[given.provider]
    message_id, answers = await post(state, given)
    last = answers[-1]
    return {
        "id": message_id,
        "status": last.status,
        "seconds": round(sum(a.seconds for a in answers), 6),
        "statuses": [a.status for a in answers],
        "body": last.body,
    }


async def _repeat(
    state: SimulatorState, given: InboundRequest, url: str, body: bytes, headers: dict[str, str]
) -> list[WebhookResponse]:
    retries = state.config[given.provider].retries if given.retry else 0
    headers |= given.headers
    return [
        await state.webhook_sender.post(given.provider, url, body, headers, retries=retries)
        for _ in range(max(1, given.times))
    ]


def _remember_number(state: SimulatorState, given: InboundRequest) -> MetaNumber:
    info = state.webhook_sender.number_settings(given.phone_number_id)
    known = info.number
    info.number = MetaNumber(
        given.phone_number_id,
        given.display_phone_number or known.display_phone_number,
        given.waba_id or known.waba_id,
    )
    state.webhook_sender.numbers[given.phone_number_id] = info
    return info.number


async def _meta(state: SimulatorState, given: InboundRequest) -> tuple[str, list[WebhookResponse]]:
    number = _remember_number(state, given)
    info = state.webhook_sender.number_settings(given.phone_number_id)
    message_id = given.id or wamid(given.sender, state.next_number(), seed=state.seed)
    if given.id:  # other ids are recognised by their form
        state.received.add(given.id)
    state.limits.record_inbound(given.phone_number_id, digits(given.sender), time.monotonic())
    content = (
        given.text if given.content is None and given.type == "text" else _with_image_details(given.type, given.content)
    )
    message = meta_message(
        given.type,
        content,
        sender=given.sender,
        message_id=message_id,
        timestamp=given.timestamp if given.timestamp is not None else int(time.time()),
        context=given.context,
        extra=({"from_user_id": given.user_id} if given.user_id else {}) | (given.extra or {}),
    )
    contact = meta_contact(given.name, given.sender, user_id=given.user_id)
    body = meta_webhook(MetaItem(number, message=message, contact=contact))
    if given.payload is not None:
        body = msgspec.json.encode(given.payload)
    secret = given.app_secret or info.app_secret or state.env.meta_app_secret
    headers = {"content-type": "application/json", "x-hub-signature-256": sign_meta(body, secret)}
    return message_id, await _repeat(state, given, state.env.ingress_url + (given.path or info.path), body, headers)


def _with_image_details(kind: str, content: Any) -> Any:
    """Add type and hash of the sample image to media with an id, unless given."""
    if kind not in _MEDIA or not isinstance(content, dict) or "id" not in content:
        return content
    return {"mime_type": "image/png", "sha256": b64encode(SHA256).decode()} | content


def _image_url(state: SimulatorState, account_sid: str, message_sid: str) -> str:
    media_sid = twilio_sid(state.next_number(), seed=state.seed, prefix="ME")
    return f"{state.url}/twilio/2010-04-01/Accounts/{account_sid}/Messages/{message_sid}/Media/{media_sid}"


async def _twilio(state: SimulatorState, given: InboundRequest) -> tuple[str, list[WebhookResponse]]:
    if given.auth_token:
        state.webhook_sender.tokens[given.account_sid] = given.auth_token
    message_id = given.id or twilio_sid(state.next_number(), seed=state.seed, prefix="MM" if given.media else "SM")
    state.limits.record_inbound(digits(given.to), digits(given.sender), time.monotonic())
    form = twilio_form(
        account_sid=given.account_sid,
        sender=given.sender,
        to=given.to,
        message_sid=message_id,
        text=given.text,
        name=given.name,
        media=[(url or _image_url(state, given.account_sid, message_id), kind) for url, kind in given.media],
        extra=given.extra,
    )
    url = (state.env.public_base_url or state.env.ingress_url) + (given.path or "/webhooks/twilio")
    retries = state.config["twilio"].retries if given.retry else 0
    answers = [
        await state.webhook_sender.post_twilio(url, form, given.account_sid, retries=retries)
        for _ in range(max(1, given.times))
    ]
    return message_id, answers


async def _msg91(state: SimulatorState, given: InboundRequest) -> tuple[str, list[WebhookResponse]]:
    body = msgspec.json.encode(given.payload)
    url = state.env.ingress_url + given.path
    return given.id, await _repeat(state, given, url, body, {"content-type": "application/json"})
