"""Providers' answers to a check of a channel's credentials are told apart, and name the fields that may be wrong."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from aiohttp import web

from shared.messages.inbound import Provider
from shared.providers.errors import ChannelRefused
from shared.providers.media_download import open_media_session
from shared.providers.port import Channel
from shared.providers.registry import PROVIDERS
from shared.settings import Settings
from tests.providers import fakes
from tests.providers.fakes import FakeProvider
from tests.providers.sender_cases import CASES

EITHER_OF_META, EITHER_OF_TWILIO = {"access_token", "waba_id"}, {"auth_token", "account_sid"}


def meta(code: int, message: str = "(#x) No", **more: object) -> str:
    return json.dumps({"error": {"message": message, "type": "OAuthException", "code": code, **more}})


def twilio(code: int) -> str:
    return json.dumps({"code": code, "message": "Authenticate", "status": 401})


@dataclass(frozen=True)
class Refusal:
    """An error response. fields: that may be wrong; says: part of the text or advice."""

    provider: Provider
    status: int
    body: str
    fields: set[str]
    says: str = ""


REFUSALS = {
    "a token of Meta that has expired": Refusal(
        Provider.META, 401, meta(190, "Session has expired", error_subcode=463), {"access_token"}, "expired"
    ),
    "a token of Meta that is none, with 400": Refusal(
        Provider.META, 400, meta(190, "Invalid OAuth access token"), {"access_token"}, "expired"
    ),
    "an app without the permission": Refusal(
        Provider.META, 403, meta(200, "(#200) Permissions error"), EITHER_OF_META, "whatsapp_business_management"
    ),
    "an account that the token may not see": Refusal(
        Provider.META,
        400,
        meta(100, "Unsupported get request. Object with ID '1' does not exist", error_subcode=33),
        EITHER_OF_META,
        "may not see it",
    ),
    "a phone number's id as account": Refusal(
        Provider.META,
        400,
        meta(100, "(#100) Tried accessing nonexisting field (message_templates) on node type (WhatsAppBusinessPhone)"),
        {"waba_id"},
    ),
    "another version of the API": Refusal(Provider.META, 400, meta(2500), set(), "META_GRAPH_VERSION"),
    "another server than Meta's": Refusal(Provider.META, 404, "<html>", set(), "META_GRAPH_URL"),
    "a locked account": Refusal(Provider.META, 400, meta(131031), set(), "locked"),
    "an app with too many calls, with 400": Refusal(Provider.META, 400, meta(4), set(), "later"),
    "an unknown code of Meta": Refusal(Provider.META, 400, meta(987654), EITHER_OF_META, "987654"),
    "Meta away": Refusal(Provider.META, 503, "", set(), "later"),
    "a wrong token or account of Twilio": Refusal(Provider.TWILIO, 401, twilio(20003), EITHER_OF_TWILIO, "another"),
    "test credentials of Twilio": Refusal(Provider.TWILIO, 403, twilio(20008), EITHER_OF_TWILIO, "test credentials"),
    "a closed account of Twilio": Refusal(Provider.TWILIO, 401, twilio(20005), set(), "suspended"),
    "an account that Twilio does not know": Refusal(Provider.TWILIO, 404, twilio(20404), {"account_sid"}),
    "Twilio throttling": Refusal(Provider.TWILIO, 429, twilio(20429), set(), "later"),
}


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with fakes.running() as provider:
        yield provider


@pytest.mark.parametrize("case", REFUSALS)
async def test_refusal_names_the_fields_that_may_be_wrong(provider: FakeProvider, case: str) -> None:
    refusal = REFUSALS[case]
    provider.answer = fakes.always(refusal.status, refusal.body)
    found = await refused(CASES[refusal.provider].channel, provider.url)
    assert set(found.fields) == refusal.fields
    assert refusal.says in f"{found} {found.advice}"
    assert found.fields or found.advice, "there is something to do"


@pytest.mark.parametrize("name", [Provider.META, Provider.TWILIO])
async def test_unreachable_provider_is_no_fault_of_a_field(name: Provider) -> None:
    found = await refused(CASES[name].channel, "http://127.0.0.1:9")
    assert (found.fields, found.advice) == ((), "check again later")
    assert "media" not in str(found)


async def test_reason_is_read_whole_when_it_comes_in_parts(provider: FakeProvider) -> None:
    async def in_parts(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=400)
        await response.prepare(request)
        for part in (meta(190)[:20], meta(190)[20:]):
            await response.write(part.encode())
            await asyncio.sleep(0.05)  # so that the parts arrive apart
        return response

    provider.answer = in_parts
    found = await refused(CASES[Provider.META].channel, provider.url)
    assert found.fields == ("access_token",)


async def test_token_that_cannot_be_sent_is_named(provider: FakeProvider) -> None:
    channel = CASES[Provider.META].channel
    found = await refused(replace(channel, secrets={**channel.secrets, "access_token": "EAA\nx"}), provider.url)
    assert found.fields == ("access_token",)


async def refused(channel: Channel, url: str) -> ChannelRefused:
    check = PROVIDERS[channel.provider].check_access
    assert check is not None
    async with open_media_session([url]) as session:
        with pytest.raises(ChannelRefused) as found:
            await check(session, Settings(meta_graph_url=url, twilio_api_url=url), channel)
    return found.value
