"""The contract of `MediaSource`, over both providers, and the ways in which fetching goes wrong."""

import hashlib
import json
import zlib
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import web

from devtools.simulators.app import running
from devtools.simulators.config import Environment
from devtools.simulators.picture import PNG, SHA256
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
from tests.providers.test_allowed_addresses import Names
from tests.providers.test_sender_contract import CASES

META, TWILIO = CASES[Provider.META].channel, CASES[Provider.TWILIO].channel
ACCOUNT = "AC" + "0" * 32
BYTES = b"not really a picture" * 1000
DIGEST = hashlib.sha256(BYTES).digest()


@dataclass
class Place:
    """A provider's host: what it answers, by path."""

    provider: FakeProvider
    answers: dict[str, Answerer] = field(default_factory=dict)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path in self.answers:
            return await self.answers[request.path](request)
        return web.Response(status=404)

    def where(self, **more: object) -> None:
        """Meta says that the media lies at /file."""
        place = {"url": f"{self.provider.url}/file", "mime_type": "image/jpeg", "id": "7", **more}
        self.answers["/v24.0/7"] = fakes.always(200, json.dumps(place))

    def file(self, body: bytes = BYTES, status: int = 200, encoding: str = "") -> None:
        async def answer(_: web.Request) -> web.Response:
            return web.Response(status=status, body=body, headers={"Content-Encoding": encoding} if encoding else {})

        self.answers["/file"] = answer

    def leads(self, path: str, to: str, status: int = 302) -> None:
        async def answer(_: web.Request) -> web.Response:
            return web.Response(status=status, headers={"Location": to})

        self.answers[path] = answer


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with fakes.running() as provider:
        made = Place(provider)
        provider.answer = made.answer
        made.where()
        made.file()
        yield made


async def fetch(
    place: Place,
    media: Media | None = None,
    *,
    limit: int = 1_000_000,
    channel: Channel = META,
    timeout: float = 5.0,
) -> FetchedMedia:
    async with open_media_session([place.provider.url]) as session:
        source: MediaSource
        if channel.provider is Provider.META:
            source = MetaMedia(session, graph_url=place.provider.url, version="v24.0", timeout=timeout)
        else:
            source = TwilioMedia(session, api_url=place.provider.url, timeout=timeout)
        return await source.fetch(channel, media or Media(kind=MediaKind.IMAGE, media_id="7"), limit=limit)


async def failure(
    place: Place, media: Media | None = None, *, limit: int = 1_000_000, channel: Channel = META, timeout: float = 5.0
) -> MediaErrorReason:
    with pytest.raises(MediaError) as raised:
        await fetch(place, media, limit=limit, channel=channel, timeout=timeout)
    assert "token" not in str(raised.value).replace("access_token", "").replace("auth_token", "")
    assert "127.0.0.1" not in str(raised.value)
    return raised.value.reason


async def test_meta_is_asked_where_and_then_for_the_file(place: Place) -> None:
    fetched = await fetch(place)
    with fetched.file as file:
        assert file.read() == BYTES
    assert (fetched.mime_type, fetched.size) == ("image/jpeg", len(BYTES))
    assert [request.path for request in place.provider.requests] == ["/v24.0/7", "/file"]
    assert {request.headers["Authorization"] for request in place.provider.requests} == {"Bearer token"}


async def test_twilio_is_asked_at_the_address_that_came_with_the_message(place: Place) -> None:
    media = Media(kind=MediaKind.IMAGE, url=f"{place.provider.url}/file", mime_type="image/png; x=1")
    fetched = await fetch(place, media, channel=TWILIO)
    fetched.file.close()
    assert (fetched.mime_type, fetched.size) == ("image/png", len(BYTES))
    [request] = place.provider.requests
    assert request.headers["Authorization"] == "Basic " + b64encode(b"AC1:token").decode()


@pytest.mark.parametrize("digest", [DIGEST.hex(), b64encode(DIGEST).decode()], ids=["hex", "base64"])
async def test_the_digest_is_checked(place: Place, digest: str) -> None:
    media = Media(kind=MediaKind.IMAGE, media_id="7", sha256=digest)
    (await fetch(place, media)).file.close()
    place.file(BYTES + b"!")
    assert await failure(place, media) is MediaErrorReason.ALTERED


@pytest.mark.parametrize("digest", ["c2hhMjU2", "é", "zz" * 32])
async def test_a_digest_that_is_none_fits_nothing(place: Place, digest: str) -> None:
    assert await failure(place, Media(kind=MediaKind.IMAGE, media_id="7", sha256=digest)) is MediaErrorReason.ALTERED


async def test_what_is_too_large_is_not_read_to_its_end(place: Place) -> None:
    assert await failure(place, limit=len(BYTES) - 1) is MediaErrorReason.TOO_LARGE
    place.answers["/file"] = fakes.endless
    assert await failure(place) is MediaErrorReason.TOO_LARGE
    place.where(file_size=2_000_000)
    place.provider.requests.clear()
    assert await failure(place) is MediaErrorReason.TOO_LARGE
    assert len(place.provider.requests) == 1, "it was not even begun"


async def test_large_files_go_to_the_disk(place: Place) -> None:
    place.file(b"x" * 3_000_000)
    fetched = await fetch(place, limit=3_000_000)
    with fetched.file as file:
        assert len(file.read()) == 3_000_000


async def test_a_packed_answer_is_measured_unpacked(place: Place) -> None:
    place.file(zlib.compress(b"\0" * 5_000_000), encoding="deflate")
    assert await failure(place) is MediaErrorReason.TOO_LARGE


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
async def test_a_status_says_why_there_is_nothing(place: Place, status: int, reason: MediaErrorReason) -> None:
    place.file(b"", status)
    assert await failure(place) is reason
    place.answers["/v24.0/7"] = fakes.always(status, "{}")
    assert await failure(place) is reason


@pytest.mark.parametrize("answer", ["", "[]", "{}", '{"url": [7]}', '{"url": null}', "[" * 100_000])
async def test_an_answer_that_makes_no_sense(place: Place, answer: str) -> None:
    place.answers["/v24.0/7"] = fakes.always(200, answer)
    assert await failure(place) in {MediaErrorReason.UNREADABLE, MediaErrorReason.TOO_LARGE}


@pytest.mark.parametrize("answer", [fakes.hang_up, fakes.half_an_answer])
async def test_a_connection_that_breaks(place: Place, answer: Answerer) -> None:
    place.answers["/file"] = answer
    assert await failure(place) is MediaErrorReason.AWAY


async def test_silence_ends(place: Place) -> None:
    place.answers["/file"] = fakes.silence
    assert await failure(place, timeout=0.2) is MediaErrorReason.AWAY


async def test_nobody_there() -> None:
    async with fakes.running() as provider:
        gone = Place(provider)
    assert await failure(gone) is MediaErrorReason.AWAY


async def test_three_redirections_are_followed_and_no_more(place: Place) -> None:
    place.where(url=f"{place.provider.url}/1")
    place.leads("/1", "/2", 301)
    place.leads("/2", f"{place.provider.url}/3", 307)
    place.leads("/3", "file", 303)
    (await fetch(place)).file.close()
    place.leads("/3", "/4")
    place.leads("/4", "/file")
    assert await failure(place) is MediaErrorReason.ADDRESS


ELSEWHERE = [
    "http://localhost:1/a",
    "http://169.254.169.254/latest/meta-data",
    "https://evil.example/a",
    "//evil.example/a",
    "file:///etc/passwd",
    "https://graph.facebook.com@evil.example/",
]


@pytest.mark.parametrize("url", ELSEWHERE)
async def test_nothing_is_fetched_from_elsewhere(place: Place, url: str) -> None:
    """Neither when Meta says so, nor when the way leads there, nor when the message does."""
    place.leads("/file", url)
    assert await failure(place) is MediaErrorReason.ADDRESS
    assert await failure(place, Media(kind=MediaKind.IMAGE, url=url), channel=TWILIO) is MediaErrorReason.ADDRESS
    place.where(url=url)
    assert await failure(place) is MediaErrorReason.ADDRESS


async def test_a_redirection_without_an_address_ends(place: Place) -> None:
    place.leads("/file", "")
    assert await failure(place) is MediaErrorReason.ADDRESS


async def test_a_name_of_the_providers_that_leads_inside_is_not_followed(place: Place) -> None:
    """The name is looked up for the test: it says 127.0.0.1."""
    reach = AllowedHosts(base="https://graph.facebook.com")
    async with open_media_session(["https://lookaside.fbsbx.com"], Names("127.0.0.1")) as session:
        with pytest.raises(MediaError) as raised:
            await MediaDownloader(session, reach).answer("https://graph.facebook.com/v24.0/7", {})
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
async def test_nobody_is_asked_in_vain(place: Place, channel: Channel, media: Media, reason: MediaErrorReason) -> None:
    assert await failure(place, media, channel=channel) is reason
    assert not place.provider.requests


async def test_an_id_is_no_path(place: Place) -> None:
    media = Media(kind=MediaKind.IMAGE, media_id="../me/accounts?x=1#")
    assert await failure(place, media) is MediaErrorReason.NOTHING_THERE
    assert place.provider.requests[0].path == "/v24.0/../me/accounts?x=1#", "as one segment, decoded by the server"


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
async def test_the_simulators_have_media_as_the_providers_do(provider: Provider) -> None:
    async with running(Environment()) as (url, _), open_media_session([url]) as session:
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
