"""Twilio's webhooks: customers' messages, and statuses of our messages."""

import contextlib
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from shared.messages.inbound import Provider
from shared.providers.errors import SignatureMissing, SignatureWrong
from shared.providers.port import Channel, Parsed, recipient_key
from shared.providers.twilio import webhook
from shared.providers.twilio.signature import verify_json_signature, verify_signature
from shared.providers.webhooks import (
    VerifiedItems,
    WebhookContext,
    WebhookReply,
    WebhookRequest,
    WebhookRoute,
    refused_for,
)

PATH: Final = "/webhooks/twilio"
STATUS_PATH: Final = "/webhooks/twilio/status"
_SIGNATURE = b"x-twilio-signature"
_OK = WebhookReply(200, b"<Response/>", b"text/xml")

_Form = list[tuple[str, str]]


async def _message(request: WebhookRequest, context: WebhookContext) -> VerifiedItems:
    form = await _form(request, context)
    workspace = await _verify(request, context, form, "To")
    return VerifiedItems(webhook.parse_message(form, context.now()), workspace, _OK)


async def _status(request: WebhookRequest, context: WebhookContext) -> VerifiedItems:
    form = await _form(request, context)
    workspace = await _verify(request, context, form, "From")
    items = webhook.parse_status(form, request.query_fields().get("message"), context.now())
    return VerifiedItems(items, workspace, _OK)


async def _form(request: WebhookRequest, context: WebhookContext) -> _Form:
    """Parse the form, or its JSON. It names the number whose token signs, so it is parsed before it is verified."""
    if not request.header(_SIGNATURE):
        raise SignatureMissing("X-Twilio-Signature is missing")
    parse: Callable[[], _Form] = partial(webhook.parse_json if _is_json(request) else webhook.parse_form, request.body)
    return await context.parse_unverified(request.body, parse)


async def _verify(request: WebhookRequest, context: WebhookContext, form: _Form, our_side: str) -> str:
    """Return the workspace whose token signed. our_side: the field with our number. Raises SignatureWrong."""
    channels = await _channels(context, dict(form), our_side)
    if not channels:
        raise SignatureWrong("neither the number nor the account is known, so the signature cannot be checked")
    url = context.settings.public_base_url + request.path + (f"?{request.query}" if request.query else "")
    for channel in channels[:-1]:
        with contextlib.suppress(SignatureWrong):
            return _signed_by(channel, url, form, request)
    with refused_for(channels):
        return _signed_by(channels[-1], url, form, request)


def _is_json(request: WebhookRequest) -> bool:
    return (request.header(b"content-type") or b"").lower().startswith(b"application/json")


async def _channels(context: WebhookContext, form: dict[str, str], our_side: str) -> tuple[Channel, ...]:
    """Return the channel of our number, otherwise those of the account."""
    number = form.get(our_side, "").removeprefix("whatsapp:").strip()
    channel = await context.directory.by_recipient(recipient_key(Provider.TWILIO, number)) if number else None
    if channel is not None:
        return (channel,)
    account = form.get("AccountSid")
    return await context.directory.by_account(recipient_key(Provider.TWILIO, account)) if account else ()


def _signed_by(channel: Channel, url: str, form: _Form, request: WebhookRequest) -> str:
    """Return the channel's workspace. Raises SignatureMissing, SignatureWrong."""
    signature, tokens = request.header(_SIGNATURE), [channel.secrets.get("auth_token", "")]
    if _is_json(request):
        verify_json_signature(url, request.body, signature, tokens)
    else:
        verify_signature(url, form, signature, tokens)
    return channel.workspace


def reread(body: bytes, path: str, now: datetime) -> list[Parsed]:
    """Parse a webhook of a dead letter again. Raises WebhookUnreadable."""
    form = webhook.parse_form(body)
    return webhook.parse_status(form, None, now) if path == STATUS_PATH else webhook.parse_message(form, now)


ROUTES = (
    WebhookRoute(path=PATH, handler=_message, max_body=webhook.MAX_BODY),
    WebhookRoute(path=STATUS_PATH, handler=_status, max_body=webhook.MAX_BODY),
)
