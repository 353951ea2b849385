"""The contract of `MessageSender`, run over every provider of the registry and the toy provider, with fake servers."""

import json
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

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
from tests.providers.fakes import Answerer, FakeProvider, Received, always
from tests.providers.toy.adapter import NAME as TOY
from tests.providers.toy.adapter import ToySettings

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """The channel and the answers of one provider."""

    channel: Channel
    sent: str
    sent_id: str
    refused: str
    refused_status: int
    expired: str
    throttled: str
    window: str
    our_id: Callable[[Received], str]


def meta_error(code: int) -> str:
    return json.dumps({"error": {"code": code, "message": "(#x) No", "error_data": {"details": "Because."}}})


def twilio_error(code: int) -> str:
    return json.dumps({"code": code, "message": "Because.", "status": 400})


def meta_id(received: Received) -> str:
    return str(json.loads(received.body)["biz_opaque_callback_data"])


def msg91_error(code: int | None = None) -> str:
    return json.dumps(
        {"status": "fail", "hasError": True, "errors": {"code": code, "message": "Because."} if code else "Because."}
    )


def msg91_id(received: Received) -> str:
    return str(json.loads(received.body)["CRQID"])


def twilio_id(received: Received) -> str:
    callback = parse_qs(received.body.decode())["StatusCallback"][0]
    return parse_qs(urlsplit(callback).query)["message"][0]


CASES = {
    Provider.META: Case(
        channel=Channel(
            workspace="acme",
            id="main",
            provider=Provider.META,
            address="+2348031234567",
            settings={"phone_number_id": "665397593326012"},
            secrets={"access_token": "token"},
        ),
        sent='{"messaging_product":"whatsapp","messages":[{"id":"wamid.1","message_status":"accepted"}]}',
        sent_id="wamid.1",
        refused=meta_error(131026),
        refused_status=400,
        expired=meta_error(190),
        throttled=meta_error(130429),
        window=meta_error(131047),
        our_id=meta_id,
    ),
    Provider.TWILIO: Case(
        channel=Channel(
            workspace="acme & sons",
            id="tw",
            provider=Provider.TWILIO,
            address="+14155238886",
            settings={"account_sid": "AC1"},
            secrets={"auth_token": "token"},
        ),
        sent='{"sid":"SM1","status":"queued","error_code":null}',
        sent_id="SM1",
        refused=twilio_error(21211),
        refused_status=400,
        expired=twilio_error(20003),
        throttled=twilio_error(20429),
        window=twilio_error(63016),
        our_id=twilio_id,
    ),
    Provider.MSG91: Case(
        channel=Channel(
            workspace="acme",
            id="in",
            provider=Provider.MSG91,
            address="+919876543210",
            settings={"integrated_number": "919876543210"},
            secrets={"authkey": "token"},
        ),
        sent='{"status":"success","hasError":false,"data":"Message submitted","request_id":"r1"}',
        sent_id="r1",
        refused=msg91_error(131026),
        refused_status=400,
        expired=msg91_error(),
        throttled=msg91_error(),
        window=msg91_error(131047),
        our_id=msg91_id,
    ),
    TOY: Case(
        channel=Channel(
            workspace="acme",
            id="toy",
            provider=TOY,
            address="+4915112345678",
            settings={"sender_id": "s1"},
            secrets={"api_key": "token"},
        ),
        sent='{"id":"t1"}',
        sent_id="t1",
        refused='{"code":3,"message":"Because."}',
        refused_status=400,
        expired='{"code":1,"message":"Because."}',
        throttled='{"code":9,"message":"Because."}',
        window='{"code":2,"message":"Because."}',
        our_id=lambda received: str(json.loads(received.body)["reference"]),
    ),
}


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
