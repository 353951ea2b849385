"""Uploads to Meta, through the simulator, and their failures."""

import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import aiohttp
import pytest

from devtools.simulators.app import run_simulators
from devtools.simulators.config import Environment
from devtools.simulators.sample_image import PNG
from devtools.simulators.script import FaultRule, RuleMatch, ScriptedFault
from devtools.simulators.state import SimulatorState
from shared.messages.content import MediaKind
from shared.messages.inbound import Provider
from shared.messages.outbound import MediaBody, TemplateBody
from shared.providers.api_calls import open_session
from shared.providers.errors import ErrorKind, MediaError, MediaErrorReason, SendError
from shared.providers.meta.sender import MetaSender
from shared.providers.meta.upload import MAX_BYTES, TYPES, MetaUpload, media_type_of
from shared.providers.port import Channel, OutgoingMessage
from tests.providers import fakes
from tests.providers.sender_cases import CASES

META = CASES[Provider.META].channel
OTHER = replace(META, id="other", settings={"phone_number_id": "665397593326099"})


@dataclass
class Meta:
    """Meta's simulator."""

    url: str
    state: SimulatorState
    session: aiohttp.ClientSession

    async def upload(self, content: bytes = PNG, name: str = "a.png", channel: Channel = META) -> str:
        kind, mime_type = media_type_of(name)
        client = MetaUpload(self.session, graph_url=f"{self.url}/meta", version="v24.0")
        return await client.upload(channel, kind, io.BytesIO(content), size=len(content), mime_type=mime_type)

    async def send(self, body: MediaBody | TemplateBody, channel: Channel = META) -> str:
        sender = MetaSender(self.session, graph_url=f"{self.url}/meta", version="v24.0")
        return await sender.send(channel, OutgoingMessage(id="m1", address="+2348031234568", body=body))


@pytest.fixture
async def meta() -> AsyncIterator[Meta]:
    async with run_simulators(Environment()) as (url, state), open_session() as session:
        yield Meta(url, state, session)


def image(media_id: str) -> MediaBody:
    return MediaBody(kind=MediaKind.IMAGE, media_id=media_id)


async def test_uploaded_file_can_be_sent_alone_and_in_a_template(meta: Meta) -> None:
    media_id = await meta.upload()
    assert await meta.send(image(media_id))
    assert await meta.send(TemplateBody(name="sale", language="en", header_media=image(media_id)))


async def test_media_id_is_valid_for_its_number_only(meta: Meta) -> None:
    media_id = await meta.upload()
    for body, channel in ((image(media_id), OTHER), (image("123"), META)):
        with pytest.raises(SendError) as refused:
            await meta.send(body, channel)
        assert (refused.value.kind, refused.value.code) == (ErrorKind.PERMANENT, "100")
        assert "media attachment ID" in refused.value.detail
    with pytest.raises(SendError, match="100"):
        await meta.send(TemplateBody(name="sale", language="en", header_media=image("123")))


BEGINNINGS = {"image/png": PNG, "image/jpeg": b"\xff\xd8\xff", "application/pdf": b"%PDF-1.7", "image/webp": b"RIFF"}


@pytest.mark.parametrize("end", TYPES)
async def test_every_offered_type_is_accepted_by_meta(meta: Meta, end: str) -> None:
    assert (await meta.upload(BEGINNINGS.get(TYPES[end][1], b"x"), f"a file{end.upper()}")).isdecimal()


REFUSALS: list[tuple[str, ScriptedFault, MediaErrorReason, str]] = [
    (
        "an expired token",
        ScriptedFault(kind="expired_token"),
        MediaErrorReason.REFUSED,
        "Session has expired. (Meta's error 190)",
    ),
    ("throttled", ScriptedFault(kind="throttle"), MediaErrorReason.AWAY, "(Meta's error 130429)"),
    ("a server error", ScriptedFault(kind="status", status=503), MediaErrorReason.AWAY, "(Meta's error 2)"),
    (
        "the connection breaks",
        ScriptedFault(kind="reset"),
        MediaErrorReason.AWAY,
        "Meta could not be reached with the file.",
    ),
    ("an unreadable answer", ScriptedFault(kind="malformed"), MediaErrorReason.UNREADABLE, "does not say where"),
    (
        "a rejected file",
        ScriptedFault(kind="error", code=131053),
        MediaErrorReason.UNWANTED,
        "(Meta's error 131053)",
    ),
    (
        "an unknown code",
        ScriptedFault(kind="error", code=77, status=400),
        MediaErrorReason.UNWANTED,
        "(Meta's error 77)",
    ),
]


@pytest.mark.parametrize("case", REFUSALS, ids=[case[0] for case in REFUSALS])
async def test_refused_upload_has_the_text_of_meta(
    meta: Meta, case: tuple[str, ScriptedFault, MediaErrorReason, str]
) -> None:
    _, fault, reason, words = case
    meta.state.script.add(FaultRule(provider="meta", fault=fault, match=RuleMatch(kind="upload")))
    with pytest.raises(MediaError) as failed:
        await meta.upload()
    assert failed.value.reason is reason
    assert words in str(failed.value)
    assert "127.0.0.1" not in str(failed.value)


async def test_wrong_token_is_refused(meta: Meta) -> None:
    async with aiohttp.ClientSession() as http:
        number = {"phone_number_id": META.settings["phone_number_id"], "access_token": "another"}
        async with http.post(f"{meta.url}/_sim/meta/numbers", json=number) as response:
            assert response.status == 200
    with pytest.raises(MediaError, match="190"):
        await meta.upload()


@pytest.mark.parametrize("kind", MAX_BYTES)
async def test_too_large_or_empty_file_makes_no_request(kind: MediaKind) -> None:
    async with fakes.running() as provider, open_session() as session:
        provider.answer = fakes.always(200, json.dumps({"id": "7"}))
        client = MetaUpload(session, graph_url=provider.url, version="v24.0")
        for size, reason in ((MAX_BYTES[kind] + 1, MediaErrorReason.TOO_LARGE), (0, MediaErrorReason.UNWANTED)):
            with pytest.raises(MediaError) as failed:
                await client.upload(META, kind, io.BytesIO(), size=size, mime_type="image/png")
            assert failed.value.reason is reason
        assert provider.requests == []


async def test_missing_or_unsendable_token_is_refused(meta: Meta) -> None:
    for secrets in ({}, {"access_token": "a\nb"}):
        with pytest.raises(MediaError) as failed:
            await meta.upload(channel=replace(META, secrets=secrets))
        assert failed.value.reason is MediaErrorReason.REFUSED
