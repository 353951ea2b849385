"""The contract of webhook handlers, run over every provider of the registry and the toy provider."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
import pytest
from pydantic import SecretStr

from devtools.simulators.webhooks import sign_meta, sign_twilio, twilio_form
from services.ingress.routes import WebhookRoutes
from shared.messages.content import Text
from shared.messages.inbound import Provider
from shared.providers.errors import SignatureMissing, SignatureWrong, WebhookUnreadable
from shared.providers.port import Channel, MalformedItem, ParsedMessage, recipient_key
from shared.providers.registry import PROVIDERS
from shared.providers.webhooks import ChannelDirectory, VerifiedItems, WebhookRequest
from shared.settings import Settings
from tests.providers import toy
from tests.providers.toy.adapter import NAME as TOY

T = TypeVar("T")
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PUBLIC = "https://parley.example"
TWILIO_FORM = twilio_form(
    account_sid="AC1", sender="+2348055550123", to="+14155238886", message_sid="SM1", text="Hello", name="Ada"
)


def _meta_body(*messages: Any) -> bytes:
    value = {"metadata": {"phone_number_id": "665"}, "messages": messages}
    changes = [{"field": "messages", "value": value}]
    return msgspec.json.encode({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]})


def _meta_headers(body: bytes) -> dict[str, str]:
    return {"x-hub-signature-256": sign_meta(body, "app-secret")}


def _twilio_headers(body: bytes) -> dict[str, str]:
    form = TWILIO_FORM if body == urlencode(TWILIO_FORM).encode() else dict(BROKEN_FORM)
    return {"x-twilio-signature": sign_twilio(f"{PUBLIC}/webhooks/twilio", form, "token")}


BROKEN_FORM = {"To": "whatsapp:+14155238886", "From": "whatsapp:+2348055550123", "AccountSid": "AC1"}
META_MESSAGE = {"id": "wamid.1", "from": "2348055550123", "timestamp": "1767323045", "type": "text"}


@dataclass(frozen=True)
class Case:
    """The webhooks of one provider. message: a body with one text, "Hello". broken: a body with one item that cannot be
    parsed. path: for its items. only: the workspace that the verification vouches for.
    """

    channel: Channel
    path: str
    message: bytes
    broken: bytes
    headers: Callable[[bytes], Mapping[str, str]]
    wrong: Mapping[str, str]
    only: str | None = "acme"


def _channel(provider: Provider, address: str, settings: dict[str, str], secrets: dict[str, str]) -> Channel:
    return Channel(workspace="acme", id="main", provider=provider, address=address, settings=settings, secrets=secrets)


CASES = {
    Provider.META: Case(
        channel=_channel(Provider.META, "+2348031234567", {"phone_number_id": "665"}, {"app_secret": "app-secret"}),
        path="/webhooks/meta",
        message=_meta_body({**META_MESSAGE, "text": {"body": "Hello"}}),
        broken=_meta_body({"type": "text"}),
        headers=_meta_headers,
        wrong={"x-hub-signature-256": "sha256=00"},
        only=None,
    ),
    Provider.TWILIO: Case(
        channel=_channel(Provider.TWILIO, "+14155238886", {"account_sid": "AC1"}, {"auth_token": "token"}),
        path="/webhooks/twilio",
        message=urlencode(TWILIO_FORM).encode(),
        broken=urlencode(BROKEN_FORM).encode(),
        headers=_twilio_headers,
        wrong={"x-twilio-signature": "AAAA"},
    ),
    Provider.MSG91: Case(
        channel=_channel(Provider.MSG91, "+919876543210", {}, {"webhook_secret": "sixteen-characters"}),
        path="/webhooks/msg91/919876543210",
        message=b'{"uuid": "u1", "customerNumber": "2348055550123", "contentType": "text", "text": "Hello"}',
        broken=b'{"customerNumber": "2348055550123", "contentType": "text", "text": "Hello"}',
        headers=lambda _: {"x-webhook-secret": "sixteen-characters"},
        wrong={"x-webhook-secret": "another"},
    ),
    TOY: Case(
        channel=_channel(TOY, "+4915112345678", {"sender_id": "s1"}, {"api_key": "key"}),
        path="/webhooks/toy/4915112345678",
        message=b'[{"id": "1", "from": "2348055550123", "text": "Hello"}]',
        broken=b'[{"id": "1"}]',
        headers=lambda _: {"x-toy-key": "key"},
        wrong={"x-toy-key": "another"},
    ),
}


class OneChannel:
    """A `ChannelDirectory` and a `WebhookContext` that know one channel."""

    def __init__(self, channel: Channel) -> None:
        self.settings = Settings(public_base_url=PUBLIC, meta_app_secret=SecretStr("app-secret"))
        self.directory: ChannelDirectory = self
        self._channel = channel

    async def by_recipient(self, key: str) -> Channel | None:
        known = recipient_key(self._channel.provider, self._channel.address)
        return self._channel if key == known else None

    async def by_account(self, account: str) -> tuple[Channel, ...]:
        return ()

    async def by_workspace(self, workspace: str) -> tuple[Channel, ...]:
        return (self._channel,) if workspace == self._channel.workspace else ()

    def now(self) -> datetime:
        return NOW

    async def parse(self, body: bytes, parse: Callable[[], T]) -> T:
        return parse()

    async def parse_unverified(self, body: bytes, parse: Callable[[], T]) -> T:
        return parse()


@pytest.fixture(params=[*PROVIDERS, TOY], ids=str)
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    with toy.registered():
        yield CASES[request.param]


async def receive(case: Case, body: bytes, headers: Mapping[str, str], path: str = "") -> VerifiedItems:
    matched = WebhookRoutes(PROVIDERS.values()).find("POST", path or case.path)
    assert matched is not None
    assert matched.provider == case.channel.provider
    sent = [(name.encode(), value.encode()) for name, value in headers.items()]
    request = WebhookRequest(path=case.path, parameter=matched.parameter, headers=sent, body=body)
    result = await matched.route.handler(request, OneChannel(case.channel))
    assert isinstance(result, VerifiedItems)
    return result


async def test_signed_message_is_parsed(case: Case) -> None:
    result = await receive(case, case.message, case.headers(case.message))
    (item,) = result.items
    assert isinstance(item, ParsedMessage)
    assert (item.content, item.sender.phone) == (Text(body="Hello"), "+2348055550123")
    assert item.provider_message_id
    assert msgspec.json.decode(item.raw)
    assert (result.only, result.reply.status) == (case.only, 200)


@pytest.mark.parametrize("of_workspace", [False, True], ids=["app of all", "app of a workspace"])
async def test_app_secret_can_be_replaced_without_a_refused_webhook(of_workspace: bool) -> None:
    """The new value may be set before Meta signs with it: both are accepted meanwhile, and no third one."""
    case = CASES[Provider.META]
    secrets = "new-secret, old-secret"
    channel = replace(case.channel, secrets={"app_secret": secrets}) if of_workspace else case.channel
    context = OneChannel(channel)
    context.settings = Settings(public_base_url=PUBLIC, meta_app_secret=SecretStr("" if of_workspace else secrets))
    path = f"/webhooks/meta/{channel.workspace}" if of_workspace else "/webhooks/meta"
    matched = WebhookRoutes(PROVIDERS.values()).find("POST", path)
    assert matched is not None
    for secret, accepted in (("new-secret", True), ("old-secret", True), (secrets, False), ("", False)):
        signature = "sha256=" + hmac.new(secret.encode(), case.message, hashlib.sha256).hexdigest()
        sent = [(b"x-hub-signature-256", signature.encode())]
        request = WebhookRequest(path=path, parameter=matched.parameter, headers=sent, body=case.message)
        with nullcontext() if accepted else pytest.raises(SignatureWrong):
            await matched.route.handler(request, context)


async def test_request_without_a_signature_is_refused(case: Case) -> None:
    with pytest.raises(SignatureMissing):
        await receive(case, case.message, {})


async def test_request_with_a_wrong_signature_is_refused(case: Case) -> None:
    with pytest.raises(SignatureWrong):
        await receive(case, case.message, case.wrong)


async def test_broken_item_can_be_reread_from_its_dead_letter(case: Case) -> None:
    result = await receive(case, case.broken, case.headers(case.broken))
    (item,) = result.items
    assert isinstance(item, MalformedItem)
    assert item.reason
    (again,) = PROVIDERS[case.channel.provider].reread(item.payload, case.path, NOW)
    assert isinstance(again, MalformedItem)
    assert (again.reason, again.recipient) == (item.reason, item.recipient)


async def test_unknown_body_is_unreadable_or_malformed(case: Case) -> None:
    try:
        items = PROVIDERS[case.channel.provider].reread(b"\xff{", case.path, NOW)
    except WebhookUnreadable:
        return
    assert all(isinstance(item, MalformedItem) for item in items)


async def test_twilio_may_send_json_instead_of_a_form() -> None:
    case, body = CASES[Provider.TWILIO], json.dumps({**TWILIO_FORM, "NumMedia": 0, "Extra": {"a": [1]}}).encode()
    query = f"bodySHA256={hashlib.sha256(body).hexdigest()}"
    signature = sign_twilio(f"{PUBLIC}/webhooks/twilio?{query}", {}, "token")
    headers = [(b"x-twilio-signature", signature.encode()), (b"content-type", b"application/json; charset=utf-8")]
    matched = WebhookRoutes(PROVIDERS.values()).find("POST", case.path)
    assert matched is not None

    async def post(sent: bytes) -> Any:
        request = WebhookRequest(path=case.path, query=query, headers=headers, body=sent)
        return await matched.route.handler(request, OneChannel(case.channel))

    (item,) = (await post(body)).items
    assert isinstance(item, ParsedMessage)
    assert (item.content, item.sender.phone) == (Text(body="Hello"), "+2348055550123")
    with pytest.raises(SignatureWrong):
        await post(body.replace(b"Hello", b"Hallo"))
    for unreadable in (b"[]", b"{", b"[" * 100_000, json.dumps({str(n): n for n in range(501)}).encode()):
        with pytest.raises(WebhookUnreadable):
            await post(unreadable)
