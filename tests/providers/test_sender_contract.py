"""The contract of `MessageSender`, run over every provider of the registry and the toy provider, with fake servers."""

import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
import pytest

from shared.clock import FixedClock
from shared.messages.content import MediaKind
from shared.messages.inbound import Provider
from shared.messages.outbound import (
    Body,
    Button,
    ButtonsBody,
    ButtonValue,
    Card,
    ContactsBody,
    ListBody,
    LocationBody,
    MediaBody,
    Presence,
    ReactionBody,
    Row,
    TemplateBody,
    TextBody,
)
from shared.providers.adapter import ClientSetup
from shared.providers.api_calls import Timeouts, open_session
from shared.providers.errors import ErrorKind, SendError
from shared.providers.port import Channel, MessageSender, OutgoingMessage
from shared.providers.registry import PROVIDERS
from tests.providers import fakes, toy
from tests.providers.fakes import Answerer, FakeProvider, always
from tests.providers.sender_cases import CASES, Case
from tests.providers.toy.adapter import NAME as TOY
from tests.providers.toy.adapter import ToySettings

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class Bench:
    case: Case
    sender: MessageSender
    provider: FakeProvider

    async def send(
        self, body: Body | None = None, *, address: str = "+2348055550123", reply_to: str | None = None
    ) -> str:
        body = body or TextBody(body="Hello & good morning 👋🏾")
        message = OutgoingMessage(id="our-id-1", address=address, body=body, reply_to=reply_to)
        return await self.sender.send(self.case.channel, message)

    async def failure(self, body: Body | None = None) -> SendError:
        with pytest.raises(SendError) as raised:
            await self.send(body)
        return raised.value


PATIENT = Timeouts(connect=10.0, read=10.0)  # tolerates a stall of the test machine
SHORT = Timeouts(connect=1.0, read=1.0)


def make_sender(
    kind: Provider, session: aiohttp.ClientSession, url: str, timeouts: Timeouts = PATIENT
) -> MessageSender:
    settings = ToySettings.model_construct(  # without validation: some cases are no URLs
        meta_graph_url=url,
        twilio_api_url=url + "/",
        msg91_api_url=url + "/",
        toy_api_url=url,
        public_base_url="https://parley.example/",
    )
    setup = ClientSetup(session=session, clock=FixedClock(NOW), settings=settings, timeouts=timeouts)
    return PROVIDERS[kind].make_sender(setup)


@pytest.fixture(params=[*PROVIDERS, TOY], ids=str)
def kind(request: pytest.FixtureRequest) -> Iterator[Provider]:
    with toy.registered():
        yield request.param


@pytest.fixture
async def bench(kind: Provider) -> AsyncIterator[Bench]:
    async with fakes.running() as provider, open_session() as session:
        case = CASES[kind]
        provider.answer = always(200, case.sent)
        yield Bench(case, make_sender(kind, session, provider.url), provider)


async def test_text_is_sent_once_with_our_id(bench: Bench) -> None:
    assert await bench.send() == bench.case.sent_id
    [received] = bench.provider.requests
    assert bench.case.our_id(received) == "our-id-1"


BODIES: list[Body] = [
    ButtonsBody(body="Which?", buttons=(Button(id="a", title="A"), Button(id="b", title="B"))),
    ButtonsBody(body="None", buttons=()),
    ListBody(body="Which?", button="Menu", rows=(Row(id="a", title="A"),)),
    ListBody(body="x" * 1100, button="Menu", rows=tuple(Row(id=str(n), title="A") for n in range(20))),
    *(MediaBody(kind=kind, url="https://shop.example/a") for kind in MediaKind),
    TemplateBody(name="welcome", language="en", parameters=("Ada", "5 % off")),
    TemplateBody(name="welcome", language="en"),
    LocationBody(latitude=6.45, longitude=3.39, name="Acme | Coasters", address="12 Marina Road"),
    ContactsBody(
        cards=(Card(name="Ada", phones=("+2348031234567",), emails=("ada@shop.example",), organisation="Acme"),)
    ),
]


@pytest.mark.parametrize("body", BODIES)
async def test_every_body_is_sent(bench: Bench, body: Body) -> None:
    assert await bench.send(body, reply_to="wamid.theirs") == bench.case.sent_id
    assert bench.case.our_id(bench.provider.requests[0]) == "our-id-1"


async def test_body_of_one_provider_is_refused_by_others_with_a_reason(bench: Bench, kind: Provider) -> None:
    bodies: dict[str, Body] = {
        "reaction": ReactionBody(provider_message_id="wamid.theirs", emoji="👍"),
        "media_id": MediaBody(kind=MediaKind.IMAGE, media_id="123"),
        "template_parameters": TemplateBody(
            name="sale",
            language="en",
            header_media=MediaBody(kind=MediaKind.IMAGE, url="https://shop.example/a"),
            buttons=(ButtonValue(index=0, kind="url", value="today"),),
        ),
    }
    for code, body in bodies.items():
        if kind is Provider.META:
            assert await bench.send(body) == bench.case.sent_id
        else:
            error = await bench.failure(body)
            assert (error.kind, error.code) == (ErrorKind.PERMANENT, code)
            assert error.title
    assert len(bench.provider.requests) == (len(bodies) if kind is Provider.META else 0)


NOWHERE: dict[str, Body] = {
    "location": LocationBody(latitude=91, longitude=0),
    "contacts": ContactsBody(cards=(Card(name=" "),)),
    "media_address": MediaBody(kind=MediaKind.IMAGE),
}


@pytest.mark.parametrize("code", NOWHERE)
async def test_invalid_body_is_refused_without_a_request(bench: Bench, code: str) -> None:
    error = await bench.failure(NOWHERE[code])
    as_text = code == "contacts" and not bench.sender.limits.cards
    assert error.code == ("empty" if as_text else code)
    assert not bench.provider.requests


async def test_too_long_text_is_refused_without_a_request(bench: Bench) -> None:
    error = await bench.failure(TextBody(body="x" * 5000))
    assert (error.kind, error.code) == (ErrorKind.PERMANENT, "too_long")
    assert not bench.provider.requests


async def test_presence_creates_no_message(bench: Bench) -> None:
    bench.provider.answer = always(200, '{"success": true}')
    assert await bench.send(Presence(provider_message_id="wamid.theirs", typing=True)) == ""


async def test_refusal_has_a_title_and_a_detail(bench: Bench) -> None:
    bench.provider.answer = always(bench.case.refused_status, bench.case.refused)
    error = await bench.failure()
    assert error.kind is ErrorKind.PERMANENT
    assert error.title
    assert error.detail == "Because."
    assert error.retry_after is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("999999", 3600.0),
        ("Fri, 02 Jan 2026 03:05:05 GMT", 60.0),
        ("Fri, 02 Jan 2026 03:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
    ],
)
async def test_retry_after_is_at_most_an_hour(bench: Bench, header: str, seconds: float | None) -> None:
    bench.provider.answer = always(429, bench.case.throttled, Retry_After=header)
    error = await bench.failure()
    assert error.kind is ErrorKind.THROTTLE_CHANNEL
    assert error.retry_after == seconds


async def test_expired_token_stops_the_channel(bench: Bench) -> None:
    bench.provider.answer = always(401, bench.case.expired)
    error = await bench.failure()
    assert error.kind is ErrorKind.CHANNEL
    assert "token" not in repr(error.detail)


async def test_closed_window_is_recognised(bench: Bench) -> None:
    bench.provider.answer = always(400, bench.case.window)
    assert (await bench.failure()).kind is ErrorKind.WINDOW


STATUSES = [
    (302, ErrorKind.TRANSIENT),
    (400, ErrorKind.PERMANENT),
    (401, ErrorKind.THROTTLE_CHANNEL),
    (403, ErrorKind.THROTTLE_CHANNEL),
    (404, ErrorKind.PERMANENT),
    (429, ErrorKind.THROTTLE_CHANNEL),
    (500, ErrorKind.TRANSIENT),
    (503, ErrorKind.TRANSIENT),
]


@pytest.mark.parametrize(("status", "expected"), STATUSES)
@pytest.mark.parametrize("body", ["<html>No</html>", "", "null", '{"error": 7, "code": {}}'])
async def test_refusal_without_a_code_is_judged_by_its_status(
    bench: Bench, status: int, expected: ErrorKind, body: str
) -> None:
    bench.provider.answer = always(status, body, Location="/elsewhere")
    error = await bench.failure()
    assert (error.kind, error.code) == (expected, f"http_{status}")
    assert len(bench.provider.requests) == 1, "no redirect is followed, nothing is tried again"


@pytest.mark.parametrize("body", ["<html>OK</html>", "", "null", "{}", '{"messages": [], "sid": ""}', "[" * 100_000])
async def test_unreadable_acceptance_is_in_doubt(bench: Bench, body: str) -> None:
    bench.provider.answer = always(200, body)
    error = await bench.failure()
    assert (error.kind, error.code) == (ErrorKind.IN_DOUBT, "unreadable_answer")
    assert len(bench.provider.requests) == 1


BROKEN = [
    ("no answer in time", fakes.silence, "no_answer", SHORT),
    ("closed after the request", fakes.hang_up, "no_answer", PATIENT),
    ("closed in the answer", fakes.half_an_answer, "unreadable_answer", PATIENT),
    ("an answer without end", fakes.endless, "unreadable_answer", SHORT),
]


@pytest.mark.parametrize(("answer", "code", "timeouts"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
async def test_failure_after_the_request_was_sent_is_in_doubt(
    kind: Provider, answer: Answerer, code: str, timeouts: Timeouts
) -> None:
    async with fakes.running() as provider, open_session() as session:
        provider.answer = answer
        error = await Bench(CASES[kind], make_sender(kind, session, provider.url, timeouts), provider).failure()
        assert (error.kind, error.code) == (ErrorKind.IN_DOUBT, code)
        assert len(provider.requests) == 1


async def test_refused_connection_is_transient(kind: Provider) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        async with open_session() as session:
            error = await Bench(CASES[kind], make_sender(kind, session, url), FakeProvider()).failure()
    assert (error.kind, error.code) == (ErrorKind.TRANSIENT, "connect")


@pytest.mark.parametrize("url", ["nowhere", "ftp://provider.example", "http://"])
async def test_invalid_api_address_stops_the_channel(kind: Provider, url: str) -> None:
    async with open_session() as session:
        error = await Bench(CASES[kind], make_sender(kind, session, url), FakeProvider()).failure()
    assert (error.kind, error.code) == (ErrorKind.CHANNEL, "settings")


@pytest.mark.parametrize("missing", ["settings", "secrets"])
async def test_incomplete_channel_makes_no_request(bench: Bench, missing: str) -> None:
    full = bench.case.channel
    channel = Channel(
        workspace=full.workspace,
        id=full.id,
        provider=full.provider,
        address=full.address,
        settings={} if missing == "settings" else full.settings,
        secrets={} if missing == "secrets" else full.secrets,
    )
    with pytest.raises(SendError) as raised:
        await bench.sender.send(channel, OutgoingMessage(id="1", address="+2348055550123", body=TextBody(body="x")))
    assert (raised.value.kind, raised.value.code) == (ErrorKind.CHANNEL, "settings")
    assert not bench.provider.requests


async def test_lone_surrogate_is_unsendable(bench: Bench) -> None:
    error = await bench.failure(TextBody(body="\ud83d"))
    assert (error.kind, error.code) == (ErrorKind.PERMANENT, "unsendable")
    assert not bench.provider.requests


async def test_session_must_not_trust_the_environment(kind: Provider) -> None:
    async with aiohttp.ClientSession(trust_env=True) as session:
        with pytest.raises(ValueError, match="environment"):
            make_sender(kind, session, "http://provider.example")
