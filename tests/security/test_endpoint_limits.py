"""A running ingress refuses wrong signatures, large requests and slow clients without affecting others."""

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from devtools.simulators.webhooks import sign_meta, sign_twilio, twilio_form
from tests.security.conftest import PLACES
from tests.security.endpoint import (
    APP_SECRET,
    VERIFY_TOKEN,
    IngressProcess,
    account_sid,
    app_secret,
    auth_token,
    request,
    twilio_number,
    workspace,
)
from tests.security.raw_http import RawAnswer, RawClient

EMPTY = b'{"object":"whatsapp_business_account","entry":[]}'
FORM = "application/x-www-form-urlencoded"


async def ask(ingress: IngressProcess, *pieces: bytes) -> RawAnswer:
    async with ingress.connection() as raw:
        await raw.send(*pieces)
        return await raw.answered()


@pytest.fixture(scope="module", autouse=True)
def acme(ingress: IngressProcess) -> None:
    asyncio.run(ingress.apply(workspace("acme", 11)))


SIGNATURES = [
    b"sha256=\xc3\xa9",
    b"\xff\xfe",
    b"sha256=" + "٠".encode() * 64,
    b"sha256=" + b"\xed\xa0\x80",
    sign_meta(EMPTY, APP_SECRET)[:-1].encode(),
    sign_meta(EMPTY, "").encode(),
    sign_meta(EMPTY, app_secret("acme")).encode(),
    sign_meta(EMPTY, APP_SECRET).encode() + b"\xc3\xa9",
]


@pytest.mark.parametrize("signature", SIGNATURES)
async def test_any_wrong_signature_is_403(ingress: IngressProcess, signature: bytes) -> None:
    headers = [("x-hub-signature-256", signature)]
    assert (await ask(ingress, request("POST", "/webhooks/meta", headers, EMPTY))).status == 403
    form: list[tuple[str, str | bytes]] = [("x-twilio-signature", signature), ("content-type", FORM)]
    body = f"To=whatsapp%3A%2B{twilio_number(11)[1:]}&Body=x".encode()
    assert (await ask(ingress, request("POST", "/webhooks/twilio", form, body))).status == 403
    assert ingress.bad_lines() == []


async def test_signature_may_be_in_capitals(ingress: IngressProcess) -> None:
    for signature in (sign_meta(EMPTY, APP_SECRET), sign_meta(EMPTY, APP_SECRET).upper()):
        headers = [("x-hub-signature-256", signature)]
        assert (await ask(ingress, request("POST", "/webhooks/meta", headers, EMPTY))).status == 200


TOKENS = [
    ("platform-v%C3%A9rify-token", 200),
    ("platform-verify-token", 403),
    ("%ff%fe", 403),
    ("%ED%A0%80", 403),
    ("%00", 403),
    ("", 403),
    ("verify-acme", 403),
]


@pytest.mark.parametrize(("token", "status"), TOKENS)
async def test_verify_token_is_compared_as_bytes(ingress: IngressProcess, token: str, status: int) -> None:
    assert VERIFY_TOKEN == "platform-vérify-token"
    query = f"hub.mode=subscribe&hub.verify_token={token}&hub.challenge=1158201444"
    assert (await ask(ingress, request("GET", f"/webhooks/meta?{query}"))).status == status
    assert ingress.bad_lines() == []


async def test_changed_twilio_form_is_refused(ingress: IngressProcess) -> None:
    form = twilio_form(
        account_sid=account_sid(11), sender="2348030000001", to=twilio_number(11), message_sid="SM1", text="hi"
    )
    signature = sign_twilio(f"{ingress.public}/webhooks/twilio", form, auth_token("acme"))

    async def post(path: str = "/webhooks/twilio", more: str = "") -> int:
        body = "&".join(f"{name}={value.replace('+', '%2B')}" for name, value in form.items()) + more
        headers = [("x-twilio-signature", signature), ("content-type", FORM)]
        return (await ask(ingress, request("POST", path, headers, body.encode()))).status

    assert await post() == 200
    assert await post(more="&x=y") == 403
    assert await post(path="/webhooks/twilio?x=y") == 403
    assert await post(path="/webhooks/twilio/status") == 403


async def test_slow_clients_of_all_kinds_do_not_block_a_provider(ingress: IngressProcess) -> None:
    """Twice as many clients as connections: dripping headers, dripping bodies, silence."""
    body = b'{"object":"whatsapp_business_account","entry":[]}'
    honest = request("POST", "/webhooks/meta", [("x-hub-signature-256", sign_meta(body, APP_SECRET))], body)
    beginnings = [b"", b"POST /webhooks/meta HTTP/1.1\r\nx: ", honest[:-5], b"GET / HTTP/1.1\r\n\r\n"]
    dripping: list[asyncio.Task[None]] = []
    async with AsyncExitStack() as closing:
        for number in range(2 * PLACES):
            raw = await closing.enter_async_context(ingress.connection())
            await raw.send(beginnings[number % len(beginnings)])
            dripping.append(asyncio.create_task(_drip(raw)))
        for _ in range(10):
            assert await _answered_at_last(ingress, honest) == 200
        for task in dripping:
            task.cancel()
    assert ingress.bad_lines() == []


async def _drip(raw: RawClient) -> None:
    while True:
        await asyncio.sleep(0.2)
        await raw.send(b"a")


async def _answered_at_last(ingress: IngressProcess, sent: bytes) -> int:
    """Post like a provider, which retries after 503 or a closed connection."""
    status = 503
    for _ in range(50):
        async with ingress.connection() as raw:
            await raw.send(sent)
            found = await raw.answer()
        status = found.status if found else 503
        if status != 503:
            break
        await asyncio.sleep(0.1)
    return status


async def test_process_closes_silent_connections_and_incomplete_headers(ingress: IngressProcess) -> None:
    for beginning in (b"", b"POST /webhooks/meta HTTP/1.1\r\nx-hub"):
        async with ingress.connection() as raw:
            await raw.send(beginning)
            assert (await raw.answered()).status == 408
            assert await raw.closed()


async def test_large_headers_bodies_and_urls_are_refused(ingress: IngressProcess) -> None:
    large = [("x", "y" * 40_000)]
    many = [(f"x-{number}", "y") for number in range(150)]
    assert (await ask(ingress, request("GET", "/", large))).status == 431
    assert (await ask(ingress, request("GET", "/", many))).status == 431
    assert (await ask(ingress, request("GET", "/" + "u" * 9000))).status == 414
    announced = request("POST", "/webhooks/meta", [("content-length", "5000000")], b"x")
    assert (await ask(ingress, announced)).status == 413
    chunks = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    chunked = request("POST", "/webhooks/meta", [("transfer-encoding", "chunked")])
    async with ingress.connection() as raw:
        sending = asyncio.create_task(raw.send(chunked, *[chunks] * 8))
        found = await raw.answer()
        sending.cancel()
    assert found is None or found.status == 413  # None: what we still wrote reset the connection


async def test_refusals_are_logged_without_content(ingress: IngressProcess) -> None:
    """The log has no numbers, tokens or texts of refused requests."""
    phone, text, token = "2348099887766", "my bank card is lost", "EAAGm0PX4ZCpsBAverysecret"
    body = json.dumps({"to": phone, "text": text, "access_token": token}).encode()
    wrong = [("x-hub-signature-256", "sha256=0"), ("authorization", f"Bearer {token}")]
    await ask(ingress, request("POST", "/webhooks/meta", wrong, body))
    await ask(ingress, request("POST", f"/webhooks/meta/nobody?token={token}&to={phone}", wrong, body))
    await ask(ingress, request("POST", "/webhooks/meta", [("x-hub-signature-256", sign_meta(body, APP_SECRET))], body))
    form = f"To=whatsapp%3A%2B{phone}&From=whatsapp%3A%2B{phone}&Body={text.replace(' ', '+')}".encode()
    await ask(ingress, request("POST", "/webhooks/twilio", [("x-twilio-signature", token)], form))
    query = f"hub.mode=subscribe&hub.verify_token={token}&hub.challenge=1"
    await ask(ingress, request("GET", f"/webhooks/meta?{query}"))
    await ask(ingress, f"{text} {phone} {token}\r\n\r\n".encode())
    refused = [line for line in ingress.lines if "Webhook refused" in line]
    assert len(refused) >= 4
    everything = "\n".join(ingress.lines)
    for private in (phone, text, text.replace(" ", "+"), token, phone[3:]):
        assert private not in everything


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/redoc", "/docs/oauth2-redirect"])
async def test_api_description_is_not_served(ingress: IngressProcess, path: str) -> None:
    assert (await ask(ingress, request("GET", path))).status == 404


async def test_thousands_of_broken_items_need_little_memory(ingress: IngressProcess) -> None:
    """Four at once, while other requests are answered."""
    items = ",".join(["{}"] * 10_000)
    bodies = [
        (
            b'{"object":"whatsapp_business_account","entry":[{"id":"15","time":%d,"changes":[{"field":"messages","value":'
            b'{"metadata":{"phone_number_id":"77"},"contacts":[{"wa_id":"1","profile":{"name":"%s"}}],"messages":[%s]}}]}]}'
        )
        % (number, b"A" * 4000, items.encode())
        for number in range(4)
    ]
    sent = [
        request("POST", "/webhooks/meta", [("x-hub-signature-256", sign_meta(it, APP_SECRET))], it) for it in bodies
    ]
    before = _peak(ingress)
    answers = await asyncio.gather(*(ask(ingress, payload) for payload in sent))
    assert {answer.status for answer in answers} <= {200, 503}
    assert _peak(ingress) - before < 100


def _peak(ingress: IngressProcess) -> int:
    """Return the peak memory of the process in MiB."""
    lines = Path(f"/proc/{ingress.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) // 1024


async def test_large_unsigned_bodies_do_not_block_a_signed_one(ingress: IngressProcess) -> None:
    """The unsigned ones use all memory for bodies, from the provider's address, and never end."""
    large = b'{"object":"whatsapp_business_account","entry":[]' + b" " * 1_000_000 + b"}"
    honest = request("POST", "/webhooks/meta", [("x-hub-signature-256", sign_meta(large, APP_SECRET))], large)
    unsigned = request("POST", "/webhooks/meta", [("content-length", "4000000")], b"x" * 3_900_000)
    async with AsyncExitStack() as closing:
        for _ in range(PLACES // 2):
            raw = await closing.enter_async_context(ingress.connection())
            await raw.send(unsigned)
        assert await _answered_at_last(ingress, honest) == 200
    assert ingress.bad_lines() == []
