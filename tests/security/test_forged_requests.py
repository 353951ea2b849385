"""Unsigned requests do not block signed ones: neither by their number, nor by naming unknown numbers."""

import asyncio
import hmac
import threading
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest

from devtools.simulators.webhooks import sign_meta, twilio_form
from shared.clock import FixedClock
from shared.providers.twilio import webhook as twilio
from shared.repositories.webhook_marks import webhook_marks
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.telemetry import metrics
from shared.workspace.config import WorkspaceFile
from tests.security.endpoint import account_sid, app_secret, phone_number_id, twilio_number, waba_id, workspace
from tests.security.intake import Intake, of_number, webhook

LIMIT = 30
MSG91, SECRET = "919876543210", "secret-of-bombay-17"
Signed = Callable[[Intake, str], Awaitable[int]]


@pytest.fixture
async def intake(mongo: Mongo, redis: Redis, clock: FixedClock) -> Intake:
    intake = Intake(mongo, redis, clock, refusals=LIMIT)
    indian = {"id": "in", "provider": "msg91", "address": f"+{MSG91}", "authkey": "k", "webhook_secret": SECRET}
    await intake.apply(
        workspace("acme", 11), WorkspaceFile.model_validate({"workspace": "bombay", "channels": [indian]})
    )
    return intake


async def twilio_status_of(intake: Intake, address: str) -> int:
    form = twilio_form(account_sid=account_sid(11), sender="2348030000001", to=twilio_number(11), message_sid="SM1")
    return await intake.twilio(urlencode(form).encode(), dict(form), "acme", address=address)


async def msg91_status_of(intake: Intake, address: str) -> int:
    body = b'{"uuid":"u1","customerNumber":"919999999999","text":"hi"}'
    return await intake.post(f"/webhooks/msg91/{MSG91}", body, [("X-Webhook-Secret", SECRET)], address=address)


async def own_app_status_of(intake: Intake, address: str) -> int:
    body = webhook(of_number(phone_number_id(11), messages=[]))
    headers = [("x-hub-signature-256", sign_meta(body, app_secret("acme")))]
    return await intake.post("/webhooks/meta/acme", body, headers, address=address)


SIGNED: dict[str, Signed] = {
    "twilio": twilio_status_of,
    "msg91": msg91_status_of,
    "a customer's own Meta app": own_app_status_of,
}


@pytest.mark.parametrize("cached", [True, False], ids=["known to this process", "not yet known to it"])
@pytest.mark.parametrize("signed", SIGNED.values(), ids=SIGNED)
async def test_signed_webhook_is_accepted_from_a_rate_limited_address(
    intake: Intake, signed: Signed, cached: bool
) -> None:
    if cached:
        assert await signed(intake, "192.0.2.1") == 200
    statuses = [await junk(intake, number) for number in range(LIMIT + 10)]
    assert statuses[-1] == 429, "unsigned requests are rate limited"
    assert await signed(intake, "192.0.2.1") == 200
    intake.clock.advance(11)  # cached channels have expired, and the minute may not be over
    assert await signed(intake, "192.0.2.1") == 200


async def junk(intake: Intake, number: int, address: str = "192.0.2.1") -> int:
    path = (f"/webhooks/msg91/{number:011d}", "/webhooks/twilio", f"/webhooks/meta/nobody-{number}")[number % 3]
    form = urlencode({"To": f"whatsapp:+1{number:09d}", "AccountSid": account_sid(number + 100)}).encode()
    headers = [("X-Webhook-Secret", "guess"), ("X-Twilio-Signature", "guess"), ("X-Hub-Signature-256", "guess")]
    return await intake.post(path, form, headers, address=address)


async def test_ipv6_network_shares_one_rate_limit(intake: Intake) -> None:
    statuses = [await junk(intake, number, f"2001:db8::{number:x}") for number in range(LIMIT + 10)]
    assert statuses[-1] == 429
    assert await junk(intake, 1, "2001:db8:0:1::1") == 403


async def test_flood_of_unknown_numbers_makes_few_queries_and_blocks_no_known_number(intake: Intake) -> None:
    before = metrics.LOOKUPS.labels("mongodb")._value.get()
    over = asyncio.Event()

    async def flood(client: int) -> int:
        count = 0
        while not over.is_set():
            status = await junk(intake, client * 1_000_000 + count, f"198.51.100.{client}")
            assert status in (403, 401, 429)
            count += 1
        return count

    floods = [asyncio.create_task(flood(number)) for number in range(100)]
    async with asyncio.timeout(60):
        for _ in range(3):
            for signed in SIGNED.values():
                assert await signed(intake, "192.0.2.1") == 200
            intake.clock.advance(11)
    over.set()
    requests = sum(await asyncio.gather(*floods))
    assert metrics.LOOKUPS.labels("mongodb")._value.get() - before < requests / 3 + 30


async def test_large_unsigned_form_is_not_parsed(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsing four megabytes of escapes took more than a second, and a hundred times their memory."""
    read: list[str] = []
    parse_form = twilio.parse_form

    def noting(body: bytes) -> list[tuple[str, str]]:
        read.append(threading.current_thread().name)
        return parse_form(body)

    monkeypatch.setattr(twilio, "parse_form", noting)
    start, signed = b"To=whatsapp%3A%2B14150000011&Body=", [("x-twilio-signature", "x")]
    for path in ("/webhooks/twilio", "/webhooks/twilio/status"):
        assert await intake.post(path, start + b"%41" * 1_300_000, signed) == 413
        assert await intake.post(path, start + b"%41" * 10) == 401
    assert read == []
    assert await intake.post("/webhooks/twilio", start + b"%41" * 50_000, signed) == 403
    assert [name.partition("_")[0] for name in read] == ["unverified"], "parsed in the thread for unverified bodies"


async def test_longest_form_of_twilio_is_accepted(intake: Intake) -> None:
    form = dict(
        twilio_form(
            account_sid=account_sid(11),
            sender="2348030000001",
            to=twilio_number(11),
            message_sid="SM1",
            text="\N{PILE OF POO}" * 4096,
        )
    )
    form |= {f"MediaUrl{number}": f"https://api.twilio.com/{'x' * 200}/{number}" for number in range(10)}
    assert await intake.twilio(urlencode(form).encode(), form, "acme") == 200


async def test_large_body_is_hashed_once_for_all_channels_of_an_app(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    channels = [{**channel, "app_secret": "the-app-secret"} for channel in meta_channels(50)]
    await intake.apply(WorkspaceFile.model_validate({"workspace": "many", "channels": channels}))
    hashed: list[int] = []
    digest = hmac.digest

    def counting(key: bytes, body: bytes, name: str) -> bytes:
        hashed.append(len(body))
        return digest(key, body, name)

    monkeypatch.setattr(hmac, "digest", counting)
    body = b"x" * 1_000_000
    assert await intake.post("/webhooks/meta/many", body, [("x-hub-signature-256", "sha256=0")]) == 403
    assert len([size for size in hashed if size == len(body)]) == 1


def meta_channels(count: int) -> list[dict[str, str]]:
    return [
        {
            "id": f"c{number}",
            "provider": "meta",
            "address": f"+23470{number:08d}",
            "phone_number_id": phone_number_id(1000 + number),
            "waba_id": waba_id(12),
            "access_token": "EAA",
        }
        for number in range(count)
    ]


async def test_last_accepted_and_refused_webhook_of_a_channel_are_known_to_the_minute(
    intake: Intake, redis: Redis, clock: FixedClock
) -> None:
    async def marks() -> tuple[datetime | None, datetime | None]:
        await intake.marks.settle()
        return (await webhook_marks(redis, "bombay", ["in"]))["in"]

    began = clock.now()
    path, wrong = f"/webhooks/msg91/{MSG91}", [("X-Webhook-Secret", "wrong")]
    assert await marks() == (None, None)
    assert await intake.post(path, b"{}", wrong) == 403
    assert await marks() == (None, began)
    await msg91_status_of(intake, "192.0.2.1")
    assert await marks() == (began, began)
    clock.advance(59)
    await msg91_status_of(intake, "192.0.2.1")
    assert await marks() == (began, began), "at most one write a minute"
    clock.advance(2)
    await msg91_status_of(intake, "192.0.2.1")
    assert await marks() == (began + timedelta(seconds=61), began)
    form = twilio_form(account_sid=account_sid(11), sender="2348030000001", to=twilio_number(11), message_sid="SM1")
    await intake.post("/webhooks/twilio", urlencode(form).encode(), [("x-twilio-signature", "wrong")])
    await intake.post("/webhooks/meta/acme", b"{}", [("x-hub-signature-256", "sha256=00")])
    await intake.marks.settle()
    found = await webhook_marks(redis, "acme", [channel.id for channel in await intake.directory.by_workspace("acme")])
    assert all(refused == clock.now() for _, refused in found.values()), "each by the secret that does not fit"
