"""Forged and unreadable webhooks are rejected with a specific status; valid ones are still accepted."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from devtools.simulators.webhooks import MetaItem, meta_webhook, sign_meta, twilio_form, twilio_sid
from tests.e2e.shop import FAQS, phone
from tests.e2e.waiting import until
from tests.e2e.world import World

# Each test uses its own client address, because rejections are counted per address.
JSON = {"content-type": "application/json"}


async def test_webhook_without_a_signature_is_refused_with_401(world: World) -> None:
    body = meta_webhook(world.item(await world.shop(), phone(), "Where are you?"))
    assert await world.post("/webhooks/meta", body, JSON | {"x-forwarded-for": "10.1.0.1"}) == 401


async def test_forged_signature_is_refused_with_403(world: World) -> None:
    shop, ada = await world.shop(), phone()
    body = meta_webhook(world.item(shop, ada, "Where are you?"))
    for signature in (
        sign_meta(body, "guess"),
        sign_meta(body + b" ", "demo-app-secret"),
        "sha256=é",
        "md5=0",
        "x" * 9,
    ):
        headers = JSON | {"x-hub-signature-256": signature, "x-forwarded-for": "10.1.0.2"}
        assert await world.post("/webhooks/meta", body, headers) == 403, signature
    await world.write(shop, ada, "Do you deliver?")
    (answer,) = await world.answers(ada)
    assert answer["text"] == FAQS["Do you deliver?"]
    assert await world.settled_answers(shop, ada) == [answer]


async def test_body_over_the_limit_is_refused_with_413_with_or_without_content_length(world: World) -> None:
    body = b"x" * (int(world.stack.env["INGRESS_MAX_BODY_BYTES"]) + 1)
    headers = JSON | {"x-hub-signature-256": sign_meta(body, "any"), "x-forwarded-for": "10.1.0.3"}
    assert await world.post("/webhooks/meta", body, headers) == 413
    assert await world.post("/webhooks/meta", _chunks(body), headers) == 413


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 16_384):
        yield body[start : start + 16_384]


@pytest.mark.parametrize("body", [b"not JSON", b"[]", b'{"object": "page", "entry": []}', b'{"entry": 1}', b"\xff\xfe"])
async def test_signed_but_unreadable_body_is_refused_with_422(world: World, body: bytes) -> None:
    assert await world.post_meta(body, headers={"x-forwarded-for": "10.1.0.4"}) == 422


async def test_unknown_paths_and_methods_are_refused_with_404(world: World) -> None:
    headers = JSON | {"x-forwarded-for": "10.1.0.5"}
    for path in ("/webhooks/nobody", "/webhooks/meta/a/b", "/webhooks/twilio/other", "/webhooks/"):
        assert await world.post(path, b"{}", headers) == 404, path
    async with world.http.get(world.ingress + "/webhooks/twilio", headers=headers) as response:
        assert response.status == 404
    async with world.http.get(world.ingress + "/") as response:
        assert response.status == 200


async def _handshake(world: World, path: str, token: str, **more: str) -> tuple[int, str]:
    query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1158201444", **more}
    async with world.http.get(world.ingress + path, params=query, headers={"x-forwarded-for": "10.1.0.6"}) as response:
        return response.status, await response.text()


async def test_the_handshake_echoes_the_challenge_for_the_right_token_only(world: World) -> None:
    shop = await world.shop()
    token = world.stack.env["META_VERIFY_TOKEN"]
    assert await _handshake(world, "/webhooks/meta", token) == (200, "1158201444")
    assert (await _handshake(world, "/webhooks/meta", "wrong"))[0] == 403
    assert (await _handshake(world, "/webhooks/meta", ""))[0] == 403
    assert (await _handshake(world, "/webhooks/meta", token, **{"hub.mode": "unsubscribe"}))[0] == 403
    own = f"/webhooks/meta/{shop.workspace}"
    assert await _handshake(world, own, shop.verify_token) == (200, "1158201444")
    assert (await _handshake(world, own, token))[0] == 403
    assert (await _handshake(world, "/webhooks/meta/nobody", token))[0] == 403


async def test_workspace_with_its_own_app_secret_is_trusted_for_its_own_numbers_only(world: World) -> None:
    shop, other, ada, eve = await world.shop(), await world.shop(), phone(), phone()
    path = f"/webhooks/meta/{shop.workspace}"
    mine = meta_webhook(world.item(shop, ada, "Where are you?"), world.item(other, eve, "Where are you?"))
    assert await world.post_meta(mine, path=path, headers={"x-forwarded-for": "10.1.0.7"}) == 403
    assert (
        await world.post_meta(mine, path=path, secret=other.app_secret, headers={"x-forwarded-for": "10.1.0.7"}) == 403
    )
    assert await world.post_meta(mine, path=path, secret=shop.app_secret) == 200
    assert len(await world.answers(ada)) == 1
    (letter,) = await world.dead_letters(other.number.phone_number_id)
    assert (letter["reason"], letter["workspace"]) == ("unknown_recipient", "-")
    assert await world.settled_answers(other, eve) == []


async def test_forged_twilio_forms_and_unknown_numbers_are_refused_with_403(world: World) -> None:
    shop, ada = await world.shop(), phone()
    known = {"account_sid": shop.account_sid, "sender": ada, "message_sid": twilio_sid(1, seed=ada), "text": "hello"}
    form = twilio_form(to=shop.twilio, **known)  # type: ignore[arg-type]  # all are strings
    assert await world.post_twilio(form, "guess", address="10.1.0.8") == 403
    assert await world.post_twilio(form | {"Body": "changed"}, "guess", address="10.1.0.8") == 403
    stranger = twilio_form(
        account_sid="AC" + "9" * 32, sender=ada, to="+19995550100", message_sid=twilio_sid(2, seed=ada)
    )
    assert await world.post_twilio(stranger, shop.auth_token, address="10.1.0.8") == 403
    headers = {"content-type": "application/x-www-form-urlencoded", "x-forwarded-for": "10.1.0.8"}
    assert await world.post("/webhooks/twilio", b"Body=hello", headers) in (401, 403)
    assert await world.attempts(ada) == []


async def test_address_with_too_many_forged_webhooks_gets_429(world: World) -> None:
    body = meta_webhook(MetaItem((await world.shop()).number))

    async def forged(address: str) -> int:
        headers = JSON | {"x-hub-signature-256": sign_meta(body, "guess"), "x-forwarded-for": address}
        return await world.post("/webhooks/meta", body, headers)

    async def too_many() -> bool:
        return await forged("10.1.1.1") == 429

    await until(too_many, "the address is limited")
    assert await forged("10.1.1.2") == 403
    assert await world.post_meta(body) == 200


async def test_messages_of_a_sender_above_the_limit_are_stored_but_not_answered(world: World) -> None:
    shop, ada = await world.shop(), phone()
    limit = int(world.stack.env["INGRESS_MESSAGES_PER_SENDER_PER_MINUTE"])
    questions = ("Where are you?", "Do you deliver?", "How can I pay?")  # a repeated text looks like a bot's
    sent = [
        await world.write(shop, ada, questions[number % 3]) for number in range(2 * limit + 5)
    ]  # a new minute may start meanwhile
    decisions = [str((await world.stored_message(shop, message))["decision"]).partition(":")[0] for message in sent]
    assert set(decisions) == {"faq", "limited"}
    assert decisions.count("limited") >= 5
    assert len(await world.answers(ada, decisions.count("faq"))) == decisions.count("faq")


async def test_endless_body_is_refused_with_408_and_others_are_answered(world: World) -> None:
    host, _, port = world.ingress.removeprefix("http://").partition(":")
    timeout = aiohttp.ClientTimeout(total=20)

    async def endless() -> AsyncIterator[bytes]:
        yield b'{"object": '
        await until(answered, "the customer is answered")
        yield b"1}"

    async def answered() -> bool:
        return done

    done = False
    try:
        async with world.http.post(
            f"http://{host}:{port}/webhooks/meta", data=endless(), headers=JSON, timeout=timeout
        ) as response:
            assert response.status == 408
            done = True
    except aiohttp.ClientConnectionError:
        done = True
    shop, ada = await world.shop(), phone()
    await world.write(shop, ada, "Where are you?")
    await world.answers(ada)
