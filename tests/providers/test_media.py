"""The contract of `MediaSource`, over Meta and Twilio, and the failures of downloads."""

import hashlib
import json
import zlib
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import web

from devtools.simulators.app import run_simulators
from devtools.simulators.config import Environment
from devtools.simulators.sample_image import PNG, SHA256
from shared.clock import SystemClock
from shared.http.addresses import AllowedHosts
from shared.messages.content import Media, MediaKind
from shared.messages.inbound import Provider
from shared.providers.adapter import ClientSetup
from shared.providers.errors import MediaError, MediaErrorReason
from shared.providers.media_download import MediaDownloader, bare_mime_type, open_media_session
from shared.providers.meta.media import MetaMedia
from shared.providers.port import Channel, FetchedMedia, MediaSource
from shared.providers.registry import PROVIDERS
from shared.providers.twilio.media import TwilioMedia
from shared.settings import Settings
from tests.providers import fakes
from tests.providers.fakes import Answerer, FakeProvider
from tests.providers.sender_cases import CASES
from tests.providers.test_allowed_addresses import Names

META, TWILIO = CASES[Provider.META].channel, CASES[Provider.TWILIO].channel
ACCOUNT = "AC" + "0" * 32
BYTES = b"not really a picture" * 1000
DIGEST = hashlib.sha256(BYTES).digest()


@dataclass
class MediaHost:
    """A provider's host with an answer for each path."""

    provider: FakeProvider
    answers: dict[str, Answerer] = field(default_factory=dict)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path in self.answers:
            return await self.answers[request.path](request)
        return web.Response(status=404)

    def where(self, **more: object) -> None:
        """Have Meta return an address of the media; /file by default."""
        host = {"url": f"{self.provider.url}/file", "mime_type": "image/jpeg", "id": "7", **more}
        self.answers["/v24.0/7"] = fakes.always(200, json.dumps(host))

    def file(self, body: bytes = BYTES, status: int = 200, encoding: str = "") -> None:
        async def answer(_: web.Request) -> web.Response:
            return web.Response(status=status, body=body, headers={"Content-Encoding": encoding} if encoding else {})

        self.answers["/file"] = answer

    def leads(self, path: str, to: str, status: int = 302) -> None:
        async def answer(_: web.Request) -> web.Response:
            return web.Response(status=status, headers={"Location": to})

        self.answers[path] = answer


@pytest.fixture
async def host() -> AsyncIterator[MediaHost]:
    async with fakes.running() as provider:
        made = MediaHost(provider)
        provider.answer = made.answer
        made.where()
        made.file()
        yield made


async def fetch(
    host: MediaHost,
    media: Media | None = None,
    *,
    limit: int = 1_000_000,
    channel: Channel = META,
    timeout: float = 5.0,
) -> FetchedMedia:
    async with open_media_session([host.provider.url]) as session:
        source: MediaSource
        if channel.provider is Provider.META:
            source = MetaMedia(session, graph_url=host.provider.url, version="v24.0", timeout=timeout)
        else:
            source = TwilioMedia(session, api_url=host.provider.url, timeout=timeout)
        return await source.fetch(channel, media or Media(kind=MediaKind.IMAGE, media_id="7"), limit=limit)


async def failure(
    host: MediaHost,
    media: Media | None = None,
    *,
    limit: int = 1_000_000,
    channel: Channel = META,
    timeout: float = 5.0,
) -> MediaErrorReason:
    with pytest.raises(MediaError) as raised:
        await fetch(host, media, limit=limit, channel=channel, timeout=timeout)
    assert "token" not in str(raised.value).replace("access_token", "").replace("auth_token", "")
    assert "127.0.0.1" not in str(raised.value)
    return raised.value.reason


async def test_meta_media_is_located_then_downloaded(host: MediaHost) -> None:
    fetched = await fetch(host)
    with fetched.file as file:
        assert file.read() == BYTES
    assert (fetched.mime_type, fetched.size) == ("image/jpeg", len(BYTES))
    assert [request.path for request in host.provider.requests] == ["/v24.0/7", "/file"]
    assert {request.headers["Authorization"] for request in host.provider.requests} == {"Bearer token"}


async def test_twilio_media_is_downloaded_from_the_address_of_the_message(host: MediaHost) -> None:
    media = Media(kind=MediaKind.IMAGE, url=f"{host.provider.url}/file", mime_type="image/png; x=1")
    fetched = await fetch(host, media, channel=TWILIO)
    fetched.file.close()
    assert (fetched.mime_type, fetched.size) == ("image/png", len(BYTES))
    [request] = host.provider.requests
    assert request.headers["Authorization"] == "Basic " + b64encode(b"AC1:token").decode()


@pytest.mark.parametrize("digest", [DIGEST.hex(), b64encode(DIGEST).decode()], ids=["hex", "base64"])
async def test_digest_is_checked(host: MediaHost, digest: str) -> None:
    media = Media(kind=MediaKind.IMAGE, media_id="7", sha256=digest)
    (await fetch(host, media)).file.close()
    host.file(BYTES + b"!")
    assert await failure(host, media) is MediaErrorReason.ALTERED


@pytest.mark.parametrize("digest", ["c2hhMjU2", "é", "zz" * 32])
async def test_invalid_digest_matches_nothing(host: MediaHost, digest: str) -> None:
    assert await failure(host, Media(kind=MediaKind.IMAGE, media_id="7", sha256=digest)) is MediaErrorReason.ALTERED


async def test_too_large_file_is_not_read_completely(host: MediaHost) -> None:
    assert await failure(host, limit=len(BYTES) - 1) is MediaErrorReason.TOO_LARGE
    host.answers["/file"] = fakes.endless
    assert await failure(host) is MediaErrorReason.TOO_LARGE
    host.where(file_size=2_000_000)
    host.provider.requests.clear()
    assert await failure(host) is MediaErrorReason.TOO_LARGE
    assert len(host.provider.requests) == 1, "it was not even begun"


async def test_large_file_is_stored_on_disk(host: MediaHost) -> None:
    host.file(b"x" * 3_000_000)
    fetched = await fetch(host, limit=3_000_000)
    with fetched.file as file:
        assert len(file.read()) == 3_000_000


async def test_limit_applies_to_the_decompressed_size(host: MediaHost) -> None:
    host.file(zlib.compress(b"\0" * 5_000_000), encoding="deflate")
    assert await failure(host) is MediaErrorReason.TOO_LARGE


STATUSES = [
    (400, MediaErrorReason.NOTHING_THERE),
    (401, MediaErrorReason.REFUSED),
    (403, MediaErrorReason.REFUSED),
    (404, MediaErrorReason.NOTHING_THERE),
    (410, MediaErrorReason.NOTHING_THERE),
    (429, MediaErrorReason.AWAY),
    (500, MediaErrorReason.AWAY),
    (304, MediaErrorReason.NOTHING_THERE),
]


@pytest.mark.parametrize(("status", "reason"), STATUSES)
async def test_http_status_gives_the_reason(host: MediaHost, status: int, reason: MediaErrorReason) -> None:
    host.file(b"", status)
    assert await failure(host) is reason
    host.answers["/v24.0/7"] = fakes.always(status, "{}")
    assert await failure(host) is reason


@pytest.mark.parametrize("answer", ["", "[]", "{}", '{"url": [7]}', '{"url": null}', "[" * 100_000])
async def test_unparsable_answer_is_unreadable(host: MediaHost, answer: str) -> None:
    host.answers["/v24.0/7"] = fakes.always(200, answer)
    assert await failure(host) in {MediaErrorReason.UNREADABLE, MediaErrorReason.TOO_LARGE}


@pytest.mark.parametrize("answer", [fakes.hang_up, fakes.half_an_answer])
async def test_broken_connection_can_be_retried(host: MediaHost, answer: Answerer) -> None:
    host.answers["/file"] = answer
    assert await failure(host) is MediaErrorReason.AWAY


async def test_download_has_a_time_limit(host: MediaHost) -> None:
    host.answers["/file"] = fakes.silence
    assert await failure(host, timeout=0.2) is MediaErrorReason.AWAY


async def test_refused_connection_can_be_retried() -> None:
    async with fakes.running() as provider:
        gone = MediaHost(provider)
    assert await failure(gone) is MediaErrorReason.AWAY


async def test_at_most_three_redirects_are_followed(host: MediaHost) -> None:
    host.where(url=f"{host.provider.url}/1")
    host.leads("/1", "/2", 301)
    host.leads("/2", f"{host.provider.url}/3", 307)
    host.leads("/3", "file", 303)
    (await fetch(host)).file.close()
    host.leads("/3", "/4")
    host.leads("/4", "/file")
    assert await failure(host) is MediaErrorReason.ADDRESS


ELSEWHERE = [
    "http://localhost:1/a",
    "http://169.254.169.254/latest/meta-data",
    "https://evil.example/a",
    "//evil.example/a",
    "file:///etc/passwd",
    "https://graph.facebook.com@evil.example/",
]


@pytest.mark.parametrize("url", ELSEWHERE)
async def test_media_of_other_hosts_is_refused(host: MediaHost, url: str) -> None:
    """The address may come from Meta's answer, a redirect or the message."""
    host.leads("/file", url)
    assert await failure(host) is MediaErrorReason.ADDRESS
    assert await failure(host, Media(kind=MediaKind.IMAGE, url=url), channel=TWILIO) is MediaErrorReason.ADDRESS
    host.where(url=url)
    assert await failure(host) is MediaErrorReason.ADDRESS


async def test_redirect_without_an_address_is_refused(host: MediaHost) -> None:
    host.leads("/file", "")
    assert await failure(host) is MediaErrorReason.ADDRESS


async def test_provider_name_with_a_private_address_is_not_connected(host: MediaHost) -> None:
    """The resolver of the test returns 127.0.0.1."""
    hosts = AllowedHosts(base="https://graph.facebook.com")
    async with open_media_session(["https://lookaside.fbsbx.com"], Names("127.0.0.1")) as session:
        with pytest.raises(MediaError) as raised:
            await MediaDownloader(session, hosts).answer("https://graph.facebook.com/v24.0/7", {})
    assert raised.value.reason is MediaErrorReason.AWAY


NOTHING: list[tuple[Channel, Media, MediaErrorReason]] = [
    (META, Media(kind=MediaKind.IMAGE), MediaErrorReason.NOTHING_THERE),
    (TWILIO, Media(kind=MediaKind.IMAGE, media_id="7"), MediaErrorReason.NOTHING_THERE),
    (replace(META, secrets={}), Media(kind=MediaKind.IMAGE, media_id="7"), MediaErrorReason.REFUSED),
    (
        replace(TWILIO, secrets={}),
        Media(kind=MediaKind.IMAGE, url="https://api.twilio.com/a"),
        MediaErrorReason.REFUSED,
    ),
    (
        replace(META, secrets={"access_token": "to\nken"}),
        Media(kind=MediaKind.IMAGE, media_id="7"),
        MediaErrorReason.REFUSED,
    ),
]


@pytest.mark.parametrize(("channel", "media", "reason"), NOTHING)
async def test_missing_media_or_credentials_make_no_request(
    host: MediaHost, channel: Channel, media: Media, reason: MediaErrorReason
) -> None:
    assert await failure(host, media, channel=channel) is reason
    assert not host.provider.requests


async def test_media_id_is_quoted_in_the_path(host: MediaHost) -> None:
    media = Media(kind=MediaKind.IMAGE, media_id="../me/accounts?x=1#")
    assert await failure(host, media) is MediaErrorReason.NOTHING_THERE
    assert host.provider.requests[0].path == "/v24.0/../me/accounts?x=1#", "as one segment, decoded by the server"


MIME_TYPES = [
    ("image/jpeg", "image/jpeg"),
    ("Audio/OGG; codecs=opus", "audio/ogg"),
    ("application/vnd.ms-excel", "application/vnd.ms-excel"),
    ("", "application/octet-stream"),
    ("text/html\r\nX: 1", "application/octet-stream"),
    ("<script>", "application/octet-stream"),
]


@pytest.mark.parametrize(("given", "expected"), MIME_TYPES)
def test_mime_types(given: str, expected: str) -> None:
    assert bare_mime_type(given) == expected


@pytest.mark.parametrize("provider", [Provider.META, Provider.TWILIO])
async def test_media_of_the_simulators_can_be_downloaded(provider: Provider) -> None:
    async with run_simulators(Environment()) as (url, _), open_media_session([url]) as session:
        settings = Settings(meta_graph_url=f"{url}/meta", twilio_api_url=f"{url}/twilio")
        setup = ClientSetup(session=session, clock=SystemClock(), settings=settings)
        channel = META if provider is Provider.META else replace(TWILIO, settings={"account_sid": ACCOUNT})
        address = f"{url}/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media/ME1"
        media = Media(
            kind=MediaKind.IMAGE,
            media_id="7",
            url=address if provider is Provider.TWILIO else None,
            sha256=SHA256.hex(),
        )
        fetched = await PROVIDERS[provider].make_media_source(setup).fetch(channel, media, limit=1000)
        with fetched.file as file:
            assert file.read() == PNG
