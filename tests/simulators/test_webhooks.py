"""Webhooks have the providers' format and signatures, and are retried until accepted."""

import json
import shutil
import subprocess
from urllib.parse import parse_qs, parse_qsl

import pytest

from devtools.simulators.webhooks import (
    MetaItem,
    MetaNumber,
    is_inbound_wamid,
    meta_contact,
    meta_message,
    meta_status,
    meta_webhook,
    sign_meta,
    sign_twilio,
    twilio_sid,
    wamid,
)
from tests.simulators.conftest import ACCOUNT, PUBLIC, SECRET, FakeIngress, SimulatorClient, form, text

A = MetaNumber("1001", "2348031234567", "900")
B = MetaNumber("1002", "2348031234568", "900")
C = MetaNumber("2001", "14155238886", "901")


def test_meta_signature_is_the_documented_hmac() -> None:
    # RFC 4231, test case 2.
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert sign_meta(b"what do ya want for nothing?", "Jefe") == f"sha256={expected}"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is the independent implementation")
def test_meta_signature_agrees_with_openssl() -> None:
    body = meta_webhook(MetaItem(A, message=meta_message("text", "é", sender="234", message_id="x", timestamp=1)))
    command = ["openssl", "dgst", "-sha256", "-hmac", SECRET, "-hex"]
    digest = subprocess.run(command, input=body, capture_output=True, check=True).stdout.split()[-1].decode()
    assert sign_meta(body, SECRET) == f"sha256={digest}"


def test_twilio_signature_is_the_documented_one() -> None:
    # The example of Twilio's "Webhooks security" page.
    params = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675310",
        "Digits": "1234",
        "From": "+14158675310",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sign_twilio(url, params, "12345") == "GvWf1cFY/Q7PnoempGyD5oXAezc="


def test_twilio_signs_each_unique_value_once_and_sorted() -> None:
    assert sign_twilio("u", {"b": "1", "a": ["2", "1", "2"]}, "t") == sign_twilio("u", {"a": ["1", "2"], "b": "1"}, "t")


def test_ids_are_deterministic_and_depend_on_every_argument() -> None:
    made = {wamid(p, n, seed=s, inbound=i) for p in ("234", "235") for n in (1, 2) for s in "ab" for i in (True, False)}
    assert len(made) == 16
    assert wamid("234", 1) == wamid("+234", 1)
    assert twilio_sid(1) == twilio_sid(1) != twilio_sid(2)


def test_inbound_id_is_recognised_by_its_checksum() -> None:
    assert is_inbound_wamid(wamid("2348031234567", 7, seed="load"))
    assert not is_inbound_wamid(wamid("2348031234567", 7, seed="load", inbound=False))
    assert not is_inbound_wamid("wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA")
    for junk in ("", "wamid.", "wamid.é", "wamid.AAAA", "x"):
        assert not is_inbound_wamid(junk)


def test_webhook_groups_updates_by_account_and_number() -> None:
    items = [
        MetaItem(
            number,
            message=meta_message("text", f"m{i}", sender="+234 80", message_id=f"w{i}", timestamp=5),
            contact=meta_contact("Ada", "23480"),
        )
        for i, number in enumerate((A, A, B, C))
    ]
    items.append(MetaItem(A, status=meta_status("w9", "read", recipient="23480", timestamp=6, opaque="mine")))
    body = json.loads(meta_webhook(*items))
    assert body["object"] == "whatsapp_business_account"
    assert [(e["id"], len(e["changes"])) for e in body["entry"]] == [("900", 2), ("901", 1)]
    change = body["entry"][0]["changes"][0]
    assert change["field"] == "messages"
    value = change["value"]
    assert value["metadata"] == {"display_phone_number": "2348031234567", "phone_number_id": "1001"}
    assert value["contacts"] == [{"profile": {"name": "Ada"}, "wa_id": "23480"}]
    assert [m["id"] for m in value["messages"]] == ["w0", "w1"]
    assert value["messages"][0] == {
        "from": "23480",
        "id": "w0",
        "timestamp": "5",
        "type": "text",
        "text": {"body": "m0"},
    }
    assert value["statuses"][0]["biz_opaque_callback_data"] == "mine"


async def test_statuses_are_signed_and_have_the_callback_data(sim: SimulatorClient, ingress: FakeIngress) -> None:
    number = {"phone_number_id": "1001", "display_phone_number": "2348030000000", "waba_id": "900"}
    await sim.call("POST", "/_sim/meta/numbers", json=number)
    _, answer = await sim.meta(text(biz_opaque_callback_data="out-1"))
    seen: list[dict[str, str]] = []
    while len(seen) < 3:
        post = await ingress.next()
        assert post.path_qs == "/webhooks/meta"
        assert post.headers["x-hub-signature-256"] == sign_meta(post.body, SECRET)
        entry = json.loads(post.body)["entry"][0]
        assert entry["id"] == "900"
        seen += entry["changes"][0]["value"]["statuses"]
    assert [s["status"] for s in seen] == ["sent", "delivered", "read"]
    assert {(s["id"], s["biz_opaque_callback_data"]) for s in seen} == {(answer["messages"][0]["id"], "out-1")}


async def test_statuses_are_batched_repeated_and_reversed(sim: SimulatorClient, ingress: FakeIngress) -> None:
    await sim.config(
        meta={"statuses": ["sent", "read"], "status_delay": 0, "status_order": "reversed", "duplicates": 1}
    )
    await sim.meta(text())
    statuses = json.loads((await ingress.next()).body)["entry"][0]["changes"][0]["value"]["statuses"]
    assert [s["status"] for s in statuses] == ["read", "read", "sent", "sent"]


async def test_webhook_is_retried_until_accepted(sim: SimulatorClient, ingress: FakeIngress) -> None:
    await sim.config(meta={"statuses": ["sent"], "backoff": 0.01})
    ingress.answers += [503, 401]
    await sim.meta(text())
    posts = [await ingress.next() for _ in range(3)]
    assert len({p.body for p in posts}) == 1
    _, counts = await sim.call("GET", "/_sim/counts")
    assert counts["webhooks"]["meta.posted"] == 3
    assert counts["records"] == {"meta": {"message": {"accepted": 1, "refused": 0}}}


async def test_twilio_status_callback_is_signed_for_the_public_url(sim: SimulatorClient, ingress: FakeIngress) -> None:
    callback = f"{PUBLIC}/webhooks/twilio/status?m=out-1"
    _, sent = await sim.twilio(form(StatusCallback=callback + "#rc=2"))
    seen = []
    for _ in range(3):
        post = await ingress.next()
        assert post.path_qs == "/webhooks/twilio/status?m=out-1"
        params = dict(parse_qsl(post.body.decode(), keep_blank_values=True))
        assert post.headers["x-twilio-signature"] == sign_twilio(callback, params, "auth")
        assert params["MessageSid"] == sent["sid"]
        seen.append(params["MessageStatus"])
    assert seen == ["sent", "delivered", "read"]
    assert (await sim.records())[0]["opaque"] == callback + "#rc=2"


async def test_inbound_message_is_sent_as_by_meta(sim: SimulatorClient, ingress: FakeIngress) -> None:
    body = {
        "provider": "meta",
        "phone_number_id": "1001",
        "display_phone_number": "1555",
        "waba_id": "900",
        "from": "2348031234567",
        "name": "Ada",
        "type": "image",
        "content": {"id": "5", "mime_type": "image/png"},
        "times": 2,
    }
    status, answer = await sim.call("POST", "/_sim/inbound", json=body)
    assert (status, answer["status"], answer["statuses"]) == (200, 200, [200, 200])
    first, second = await ingress.next(), await ingress.next()
    assert first.body == second.body
    assert first.headers["x-hub-signature-256"] == sign_meta(first.body, SECRET)
    value = json.loads(first.body)["entry"][0]["changes"][0]["value"]
    assert value["messages"][0]["id"] == answer["id"]
    assert value["messages"][0]["image"]["id"] == "5"
    await sim.call("POST", "/_sim/inbound", json=body | {"app_secret": "other", "path": "/webhooks/meta/acme"})
    third = await ingress.next()
    assert third.path_qs == "/webhooks/meta/acme"
    assert third.headers["x-hub-signature-256"] == sign_meta(third.body, "other")


async def test_inbound_message_is_sent_as_by_twilio(sim: SimulatorClient, ingress: FakeIngress) -> None:
    await sim.call("POST", "/_sim/twilio/accounts", json={"account_sid": ACCOUNT, "auth_token": "secret"})
    body = {"provider": "twilio", "to": "+14155238886", "from": "+234803", "text": "é&=", "account_sid": ACCOUNT}
    ingress.answers.append(503)
    _, answer = await sim.call("POST", "/_sim/inbound", json=body)
    assert answer["status"] == 503
    post = await ingress.next()
    params = {k: v[0] for k, v in parse_qs(post.body.decode(), keep_blank_values=True).items()}
    assert params["MessageSid"] == answer["id"]
    assert (params["From"], params["WaId"], params["Body"]) == ("whatsapp:+234803", "234803", "é&=")
    assert post.headers["x-twilio-signature"] == sign_twilio(f"{PUBLIC}/webhooks/twilio", params, "secret")


async def test_subscription_is_verified_with_a_challenge(sim: SimulatorClient) -> None:
    assert (await sim.call("POST", "/_sim/verify"))[1] == {"status": 200, "verified": True}
    assert (await sim.call("POST", "/_sim/verify", params={"token": "no"}))[1] == {"status": 403, "verified": False}


async def test_any_webhook_can_be_sent_signed(sim: SimulatorClient, ingress: FakeIngress) -> None:
    payload = {
        "object": "whatsapp_business_account",
        "entry": [{"id": "900", "changes": [{"field": "account_update"}]}],
    }
    body = {"provider": "meta", "phone_number_id": "1001", "payload": payload}
    assert (await sim.call("POST", "/_sim/inbound", json=body))[1]["status"] == 200
    post = await ingress.next()
    assert json.loads(post.body) == payload
    assert post.headers["x-hub-signature-256"] == sign_meta(post.body, SECRET)


async def test_environment_of_webhooks_can_be_changed(sim: SimulatorClient, ingress: FakeIngress) -> None:
    moved = {"ingress_url": f"{ingress.url}/behind", "meta_app_secret": "new"}
    assert (await sim.call("POST", "/_sim/environment", json=moved))[0] == 200
    assert (await sim.call("POST", "/_sim/environment", json={"ingres_url": ""}))[0] == 400
    await sim.config(meta={"statuses": ["sent"]})
    await sim.meta(text())
    post = await ingress.next()
    assert post.path_qs == "/behind/webhooks/meta"
    assert post.headers["x-hub-signature-256"] == sign_meta(post.body, "new")


async def test_unreachable_ingress_is_reported(sim: SimulatorClient) -> None:
    await sim.call("POST", "/_sim/environment", json={"ingress_url": "http://127.0.0.1:1"})
    body = {"provider": "meta", "phone_number_id": "1001", "from": "234", "text": "hi"}
    _, answer = await sim.call("POST", "/_sim/inbound", json=body)
    assert (answer["status"], "Connect" in answer["body"]) == (0, True)
