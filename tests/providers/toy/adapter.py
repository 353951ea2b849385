"""A provider that sends and receives short texts as JSON."""

import hmac
from datetime import datetime
from typing import Any, Literal, NoReturn, cast

import msgspec
from pydantic import Field

from shared.domain import phone
from shared.messages.content import Media, Text
from shared.messages.inbound import Context, Provider, Sender
from shared.messages.outbound import LocationBody, MediaBody, Presence, TemplateBody, TextBody, place_or_cards_text
from shared.providers.adapter import ClientSetup, ProviderAdapter
from shared.providers.api_calls import ApiCaller, ApiResponse, in_doubt, required, unsendable
from shared.providers.channel_model import ChannelModel
from shared.providers.error_rules import ErrorRule, failed_status_error, send_error
from shared.providers.errors import (
    ErrorKind,
    MediaError,
    MediaErrorReason,
    SendError,
    SignatureMissing,
    SignatureWrong,
    WebhookUnreadable,
)
from shared.providers.fitting import fit_in_one
from shared.providers.pace import ProviderPace, rate_within
from shared.providers.port import (
    Channel,
    MalformedItem,
    MessageLimits,
    OutgoingMessage,
    Parsed,
    ParsedMessage,
    recipient_key,
)
from shared.providers.webhooks import VerifiedItems, WebhookContext, WebhookRequest, WebhookRoute
from shared.settings import Settings
from shared.validation.field_types import Secret

NAME = cast(Provider, "toy")  # for a real provider: a member of `Provider`
LIMITS = MessageLimits(text=1600, caption=200, uncaptioned=frozenset())
PATH = "/webhooks/toy/{number}"


class ToySettings(Settings):
    """For a real provider: a field of `Settings`."""

    toy_api_url: str = "https://api.toy.example"


class ToyChannel(ChannelModel):
    """A number of the toy provider."""

    provider: Literal["toy"]
    sender_id: str
    api_key: Secret = Field(repr=False)

    @property
    def settings(self) -> dict[str, str]:
        """See `ChannelModel`."""
        return {"sender_id": self.sender_id}


_CODES = {
    1: ErrorRule(ErrorKind.CHANNEL, "The API key is wrong."),
    2: ErrorRule(ErrorKind.WINDOW, "The 24-hour window is closed."),
    3: ErrorRule(ErrorKind.PERMANENT, "The customer cannot be reached."),
}


def _status_error(code: str | int) -> SendError:
    return failed_status_error(_CODES.get(int(code)) if str(code).isdigit() else None, code)


class _Error(msgspec.Struct):
    code: int
    message: str


class _Accepted(msgspec.Struct):
    id: str


class ToySender:
    """A `MessageSender`."""

    limits = LIMITS

    def __init__(self, setup: ClientSetup) -> None:
        self._url = f"{_api_url(setup.settings)}/messages"
        self._caller = ApiCaller(setup.session, setup.timeouts, setup.clock)

    async def send(self, channel: Channel, message: OutgoingMessage) -> str:
        if isinstance(message.body, Presence):
            return ""
        sender_id, key = required(channel.settings, "sender_id"), required(channel.secrets, "api_key")
        payload = {"from": sender_id, "to": message.address, "text": _text(message), "reference": message.id}
        try:
            body = msgspec.json.encode(payload)
        except ValueError as error:
            raise unsendable(error) from error
        response = await self._caller.post(self._url, body, {"X-Key": key})
        if not response.ok:
            raise _refusal(response)
        try:
            accepted = msgspec.json.decode(response.body or b"", type=_Accepted)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise in_doubt("unreadable_answer") from error
        return accepted.id


def _text(message: OutgoingMessage) -> str:
    match fit_in_one(message.body, LIMITS):
        case TextBody(body=text):
            return text
        case MediaBody(url=url, caption=caption):
            return f"{caption}\n{url}".strip()
        case LocationBody() as location:
            return place_or_cards_text(location)
        case TemplateBody(header=header, header_media=media, buttons=buttons) if header or media or buttons:
            raise SendError(ErrorKind.PERMANENT, code="template_parameters", title="Only the body has parameters.")
        case TemplateBody(name=name, parameters=parameters):
            return " ".join([name, *parameters])
        case _:
            raise AssertionError("other bodies have become text or were refused")


def _refusal(response: ApiResponse) -> SendError:
    try:
        error = msgspec.json.decode(response.body or b"", type=_Error)
    except (msgspec.MsgspecError, RecursionError):
        return send_error(None, response.status, None, retry_after=response.retry_after)
    return send_error(
        _CODES.get(error.code), response.status, error.code, detail=error.message, retry_after=response.retry_after
    )


class ToyMedia:
    """A `MediaSource` without media."""

    async def fetch(self, channel: Channel, media: Media, *, limit: int) -> NoReturn:
        """See the port. Raises MediaError."""
        raise MediaError(MediaErrorReason.NOTHING_THERE, "The toy provider has no media.")


async def _receive(request: WebhookRequest, context: WebhookContext) -> VerifiedItems:
    channel = await context.directory.by_recipient(recipient_key(NAME, f"+{request.parameter}"))
    given = request.header(b"x-toy-key")
    if given is None:
        raise SignatureMissing("X-Toy-Key is missing")
    if channel is None or not hmac.compare_digest(channel.secrets["api_key"].encode(), given):
        raise SignatureWrong("X-Toy-Key is wrong")
    return VerifiedItems(_parse(request.body, channel.address, context.now()), channel.workspace)


def _parse(body: bytes, recipient: str, now: datetime) -> list[Parsed]:
    try:
        items = msgspec.json.decode(body, type=list[dict[str, Any]])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise WebhookUnreadable(str(error)) from error
    return [_item(item, recipient, now) for item in items]


def _item(item: dict[str, Any], recipient: str, now: datetime) -> Parsed:
    raw = msgspec.json.encode(item)
    number = phone.from_wa_id(str(item.get("from", "")))
    if number is None or "id" not in item or "text" not in item:
        reason = "message: needs id, from and text"
        return MalformedItem(
            recipient=recipient, reason=reason, part=raw, join=lambda parts: b"[" + b",".join(parts) + b"]"
        )
    return ParsedMessage(
        recipient=recipient,
        provider_message_id=str(item["id"]),
        sender=Sender(identity=number, address=number, phone=number),
        content=Text(body=str(item["text"])),
        context=Context(),
        sent_at=now,
        raw=raw,
    )


def _reread(body: bytes, path: str, now: datetime) -> list[Parsed]:
    return _parse(body, f"+{path.rpartition('/')[2]}", now)


def _api_url(settings: Settings) -> str:
    assert isinstance(settings, ToySettings)
    return settings.toy_api_url


TOY = ProviderAdapter(
    name=NAME,
    title="Toy",
    channel_model=ToyChannel,
    limits=LIMITS,
    pace=ProviderPace(number=rate_within(10, 1)),
    api_url=_api_url,
    make_sender=ToySender,
    make_media_source=lambda _: ToyMedia(),
    status_error=_status_error,
    routes=(WebhookRoute(path=PATH, handler=_receive),),
    reread=_reread,
)
