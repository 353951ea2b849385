"""The simulators refuse what the real providers refuse, with the real error codes."""

import io
from typing import Any

import aiohttp
import pytest

from devtools.simulators.sample_image import PNG
from tests.simulators.conftest import ACCOUNT, SimulatorClient, form, text


def message(kind: str, part: object, **more: Any) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "to": "2348031234567", "type": kind, kind: part} | more


def buttons(*pairs: tuple[str, str], body: str = "Choose") -> dict[str, Any]:
    replies = [{"type": "reply", "reply": {"id": i, "title": t}} for i, t in pairs]
    return message("interactive", {"type": "button", "body": {"text": body}, "action": {"buttons": replies}})


def rows(
    n: int,
    title: str = "Row",
    description: str = "What it is",
    *,
    button: str = "Menu",
    body: str = "Choose",
    ids: str = "",
) -> dict[str, Any]:
    made = [{"id": ids or str(i), "title": title, "description": description} for i in range(n)]
    action = {"button": button, "sections": [{"title": "All", "rows": made}]}
    return message("interactive", {"type": "list", "body": {"text": body}, "action": action})


READ = {"messaging_product": "whatsapp", "status": "read"}

REFUSED: list[tuple[str, object, int]] = [
    ("no product", {"to": "2348031234567", "type": "text", "text": {"body": "x"}}, 100),
    ("another product", text() | {"messaging_product": "sms"}, 100),
    ("no recipient", text() | {"to": ""}, 100),
    ("a recipient that is no number", text(to="abc"), 131009),
    ("an unknown type", message("hologram", {}), 100),
    ("an unknown field", text(colour="red"), 100),
    ("not an object", [1], 100),
    ("no part for the type", {"messaging_product": "whatsapp", "to": "2348031234567", "type": "text"}, 131008),
    ("no text body", message("text", {}), 131008),
    ("an empty text", text(" "), 131009),
    ("4,097 characters", text("x" * 4097), 100),
    ("an opaque string of 513", text(biz_opaque_callback_data="x" * 513), 100),
    ("four buttons", buttons(*((str(i), f"B{i}") for i in range(4))), 131009),
    ("no buttons", buttons(), 131008),
    ("a button title of 21", buttons(("1", "x" * 21)), 131009),
    ("two buttons with one id", buttons(("1", "a"), ("1", "b")), 131009),
    ("a body of 1,025 with buttons", buttons(("1", "a"), body="x" * 1025), 131009),
    ("eleven rows", rows(11), 131009),
    ("a row title of 25", rows(1, title="x" * 25), 131009),
    ("a row description of 73", rows(1, description="x" * 73), 131009),
    ("a template without language", message("template", {"name": "hello"}), 131008),
    ("a template name in capitals", message("template", {"name": "Hello", "language": {"code": "en"}}), 132001),
    ("media without id and link", message("image", {"caption": "x"}), 131008),
    ("media with id and link", message("image", {"id": "1", "link": "https://a.example/b.png"}), 131008),
    ("media with a bad link", message("image", {"link": "ftp://a.example/b"}), 131009),
    ("a document that was not uploaded", message("document", {"id": "12", "filename": "a.pdf"}), 100),
    ("audio with a caption", message("audio", {"id": "1", "caption": "x"}), 100),
    ("a sticker with a caption", message("sticker", {"id": "1", "caption": "x"}), 100),
    ("an image with a file name", message("image", {"id": "1", "filename": "a.png"}), 100),
    ("a file name of 241", message("document", {"id": "1", "filename": "x" * 241}), 131009),
    ("a list button of 21", rows(1, button="x" * 21), 131009),
    ("a list without rows", rows(0), 131008),
    ("two rows with one id", rows(2, ids="1"), 131009),
    ("a list's body of 1,025", rows(1, body="x" * 1025), 131009),
    ("a caption of 1,025", message("image", {"id": "1", "caption": "x" * 1025}), 131009),
    ("a location off the globe", message("location", {"latitude": 91, "longitude": 0}), 131009),
    ("contacts without a name", message("contacts", [{"phones": []}]), 131008),
    ("a reaction without a message", message("reaction", {"emoji": "👍"}), 131008),
    (
        "typing for a message never received",
        {"messaging_product": "whatsapp", "status": "read", "message_id": "w"},
        131009,
    ),
    ("read without a message", {"messaging_product": "whatsapp", "status": "read"}, 100),
]


@pytest.mark.parametrize(("label", "body", "code"), REFUSED, ids=[row[0] for row in REFUSED])
async def test_meta_refuses_invalid_messages(sim: SimulatorClient, label: str, body: object, code: int) -> None:
    status, answer = await sim.meta(body)
    assert (400 <= status < 500, answer["error"]["code"]) == (True, code), label
    assert answer["error"]["type"] == "OAuthException"
    assert answer["error"]["fbtrace_id"]
    (record,) = await sim.records()
    assert (record["accepted"], record["error"]["code"]) == (False, code)


PARAMETERS = {
    "type": "body",
    "parameters": [
        {"type": "text", "text": "Ada"},
        {"type": "currency", "currency": {"code": "USD", "amount_1000": 1}},
    ],
}
HEADED = buttons(("1", "a"))
HEADED["interactive"] |= {"header": {"type": "text", "text": "Menu"}, "footer": {"text": "Acme"}}
URL = {"name": "cta_url", "parameters": {"display_text": "Open", "url": "https://a.example/b"}}
LINK = message("interactive", {"type": "cta_url", "body": {"text": "See"}, "action": URL})

ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("4,096 characters that are not ASCII", text("é" * 4096)),
    ("a reply", text(context={"message_id": "wamid.x"}, recipient_type="individual")),
    ("three buttons", buttons(("1", "x" * 20), ("2", "b"), ("3", "c"))),
    ("ten rows", rows(10, title="x" * 24, description="x" * 72)),
    ("a template", message("template", {"name": "hello_world", "language": {"code": "en_US"}})),
    (
        "a template with parameters",
        message("template", {"name": "hello", "language": {"code": "en"}, "components": [PARAMETERS]}),
    ),
    ("a heading above buttons", HEADED),
    ("a link", LINK),
    ("an image by link", message("image", {"link": "https://a.example/b.png", "caption": "x"})),
    ("a location", message("location", {"latitude": 6.5, "longitude": "3.4", "name": "Shop"})),
    ("contacts", message("contacts", [{"name": {"formatted_name": "Ada B", "first_name": "Ada"}}])),
    ("a reaction taken back", message("reaction", {"message_id": "wamid.x", "emoji": ""})),
]


@pytest.mark.parametrize(("label", "body"), ACCEPTED, ids=[row[0] for row in ACCEPTED])
async def test_meta_accepts_valid_messages(sim: SimulatorClient, label: str, body: dict[str, Any]) -> None:
    status, answer = await sim.meta(body)
    assert status == 200, (label, answer)
    assert answer["contacts"] == [{"input": "2348031234567", "wa_id": "2348031234567"}]
    assert answer["messages"][0]["id"].startswith("wamid.")


async def test_meta_requires_a_token(sim: SimulatorClient) -> None:
    status, answer = await sim.meta(text(), key="")
    assert (status, answer["error"]["code"]) == (401, 190)
    await sim.call("POST", "/_sim/meta/numbers", json={"phone_number_id": "1001", "access_token": "right"})
    assert (await sim.meta(text(), key="wrong"))[0] == 401
    assert (await sim.meta(text(), key="right"))[0] == 200


async def test_meta_accepts_read_mark_and_typing_for_a_received_message(sim: SimulatorClient) -> None:
    _, sent = await sim.call(
        "POST", "/_sim/inbound", json={"provider": "meta", "phone_number_id": "1001", "from": "234", "text": "hi"}
    )
    body = {"messaging_product": "whatsapp", "status": "read", "message_id": sent["id"]}
    assert await sim.meta(body | {"typing_indicator": {"type": "text"}}) == (200, {"success": True})
    assert (await sim.meta(body | {"typing_indicator": {"type": "audio"}}))[0] == 400
    assert [r["accepted"] for r in await sim.records(kind="presence")] == [True, False]


async def test_meta_enforces_the_window_if_configured(sim: SimulatorClient) -> None:
    await sim.config(meta={"window_seconds": 3600})
    assert (await sim.meta(text()))[1]["error"]["code"] == 131047
    template = message("template", {"name": "hello", "language": {"code": "en"}})
    assert (await sim.meta(template))[0] == 200
    await sim.call("POST", "/_sim/meta/received", json={"phone_number_id": "1001", "from": "+2348031234567"})
    assert (await sim.meta(text()))[0] == 200


async def test_meta_enforces_pair_rate_and_throughput_if_configured(sim: SimulatorClient) -> None:
    await sim.config(meta={"pair_seconds": 6, "pair_burst": 2})
    assert [(await sim.meta(text()))[0] for _ in range(3)] == [200, 200, 400]
    assert (await sim.meta(text()))[1]["error"]["code"] == 131056
    assert (await sim.meta(text(to="2348030000000")))[0] == 200
    await sim.config(meta={"pair_seconds": None, "throughput": 0.001})
    assert (await sim.meta(text()))[0] == 200
    status, answer = await sim.meta(text())
    assert (status, answer["error"]["code"]) == (429, 130429)


TWILIO: list[tuple[str, dict[str, str], int, int]] = [
    ("1,601 characters", form("x" * 1601), 400, 21617),
    ("no content", form(""), 400, 21619),
    ("no recipient", {"From": "whatsapp:+14155238886", "Body": "x"}, 400, 21604),
    ("a recipient without plus", form(To="whatsapp:234803"), 400, 21211),
    ("no sender", {"To": "whatsapp:+2348031234567", "Body": "x"}, 400, 21603),
    ("two channels", form(To="+2348031234567"), 400, 21910),
    ("a bad template", form(ContentSid="HX1"), 400, 21655),
    ("variables that are no JSON", form(ContentSid="HX" + "0" * 32, ContentVariables="{"), 400, 21656),
    ("a bad callback", form(StatusCallback="nowhere"), 400, 21609),
    ("a bad media URL", form(MediaUrl="nowhere"), 400, 21620),
]


@pytest.mark.parametrize(("label", "fields", "status", "code"), TWILIO, ids=[row[0] for row in TWILIO])
async def test_twilio_refuses_invalid_messages(
    sim: SimulatorClient, label: str, fields: dict[str, str], status: int, code: int
) -> None:
    got, answer = await sim.twilio(fields)
    assert (got, answer["code"], answer["status"]) == (status, code, status), label
    assert answer["more_info"].endswith(str(code))
    assert answer["message"]


async def test_twilio_answers_with_a_message_resource(sim: SimulatorClient) -> None:
    status, answer = await sim.twilio(form("x" * 1600))
    assert (status, answer["status"], answer["account_sid"]) == (201, "queued", ACCOUNT)
    assert answer["sid"].startswith("SM")
    assert len(answer["sid"]) == 34
    assert answer["uri"] == f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{answer['sid']}.json"
    assert (await sim.twilio(form("", ContentSid="HX" + "0" * 32, ContentVariables='{"1":"a"}')))[0] == 201


async def test_twilio_requires_account_and_token(sim: SimulatorClient) -> None:
    assert (await sim.twilio(form(), user="AC" + "f" * 32))[1]["code"] == 20003
    assert (await sim.twilio(form(), key=""))[0] == 401
    await sim.call("POST", "/_sim/twilio/accounts", json={"account_sid": ACCOUNT, "auth_token": "right"})
    assert (await sim.twilio(form(), key="wrong"))[0] == 401
    assert (await sim.twilio(form(), key="right"))[0] == 201


async def test_msg91_requires_key_and_fields(sim: SimulatorClient) -> None:
    path = "/msg91/api/v5/whatsapp/whatsapp-outbound-message/"
    body = {"integrated_number": "1", "recipient_number": "2348031234567", "content_type": "text", "text": "hi"}
    assert (await sim.call("POST", path, json=body))[0] == 401
    assert (await sim.call("POST", path, json=body | {"text": ""}, headers={"authkey": "k"}))[0] == 400
    status, answer = await sim.call("POST", path, json=body, headers={"authkey": "k"})
    assert (status, answer["hasError"]) == (200, False)


async def test_twilio_media_requires_the_token(sim: SimulatorClient) -> None:
    sent = {"provider": "twilio", "from": "+234803", "to": "+14155238886", "media": [["", "image/png"]]}
    await sim.call("POST", "/_sim/inbound", json=sent | {"account_sid": ACCOUNT, "auth_token": "right"})
    await sim.call("POST", "/_sim/twilio/accounts", json={"account_sid": ACCOUNT, "auth_token": "right"})
    path = f"/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media/ME1"
    assert (await sim.call("GET", path))[1]["code"] == 20003


async def test_meta_media_requires_a_token(sim: SimulatorClient) -> None:
    assert (await sim.call("GET", "/meta/v23.0/7"))[1]["error"]["code"] == 190
    token = {"authorization": "Bearer token"}
    assert (await sim.call("GET", "/meta/v23.0/none", headers=token))[1]["error"]["code"] == 100
    status, place = await sim.call("GET", "/meta/v23.0/7", headers=token)
    assert (status, place["id"], len(place["sha256"])) == (200, "7", 64)
    assert place["url"].endswith("/meta/_media/7")


async def _upload(
    sim: SimulatorClient, *leave_out: str, file: bytes = PNG, kind: str = "image/png", key: str = "token"
) -> Any:
    form = aiohttp.FormData(default_to_multipart=True)
    for name, value in (("messaging_product", "whatsapp"), ("type", kind)):
        if name not in leave_out:
            form.add_field(name, value)
    if "file" not in leave_out:
        form.add_field("file", io.BytesIO(file), filename="a", content_type=kind)
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return (await sim.call("POST", "/meta/v23.0/1001/media", data=form, headers=headers))[1]


async def test_meta_accepts_valid_files_and_remembers_their_ids(sim: SimulatorClient) -> None:
    media_id = (await _upload(sim))["id"]
    assert (await sim.meta(message("image", {"id": media_id})))[0] == 200
    assert (await sim.meta(message("image", {"id": media_id}), number="1002"))[1]["error"]["code"] == 100
    (record,) = await sim.records(kind="upload")
    assert (record["accepted"], record["id"], record["payload"]["size"]) == (True, media_id, len(PNG))


@pytest.mark.parametrize("field", ["messaging_product", "type", "file"])
async def test_meta_requires_all_fields_of_an_upload(sim: SimulatorClient, field: str) -> None:
    refused = (await _upload(sim, field))["error"]
    assert (refused["code"], refused["message"]) == (100, f"(#100) The parameter {field} is required.")


UPLOADS: list[tuple[str, dict[str, Any], int]] = [
    ("no token", {"key": ""}, 190),
    ("an unsupported type", {"kind": "application/zip"}, 100),
    ("no picture", {"file": b"a text"}, 100),
    ("nothing", {"file": b"", "kind": "text/plain"}, 131053),
    ("a picture of 5 MB and a byte", {"file": PNG + bytes(5 * 1024 * 1024)}, 131053),
    ("a static sticker above 100 KB", {"file": b"RIFF" + bytes(100 * 1024), "kind": "image/webp"}, 131053),
]


@pytest.mark.parametrize(("label", "given", "code"), UPLOADS, ids=[row[0] for row in UPLOADS])
async def test_meta_refuses_invalid_uploads(sim: SimulatorClient, label: str, given: dict[str, Any], code: int) -> None:
    assert (await _upload(sim, **given))["error"]["code"] == code, label


async def test_meta_accepts_animated_stickers_up_to_500_kb(sim: SimulatorClient) -> None:
    moves = b"RIFF....WEBPVP8X......ANIM"
    assert "id" in await _upload(sim, file=moves + bytes(200 * 1024), kind="image/webp")
    large = await _upload(sim, file=moves + bytes(500 * 1024), kind="image/webp")
    assert large["error"]["code"] == 131053


async def test_upload_that_is_no_form_is_refused(sim: SimulatorClient) -> None:
    headers = {"authorization": "Bearer token"}
    _, answer = await sim.call("POST", "/meta/v23.0/1001/media", json={"file": "x"}, headers=headers)
    assert answer["error"]["code"] == 100


async def test_meta_lists_only_known_fields_of_templates_and_quality_only_when_asked(sim: SimulatorClient) -> None:
    good = {"name": "news", "language": "en", "status": "APPROVED", "components": []}
    path, token = "/meta/v23.0/14/message_templates", {"authorization": "Bearer token"}
    for wrong in ({"quality_score": "RED"}, {"quality_score": {"score": "PURPLE"}}, {"quality": "RED"}):
        given = {"waba_id": "14", "templates": [{**good, **wrong}]}
        assert (await sim.call("POST", "/_sim/meta/templates", json=given))[0] == 400
    rated = {**good, "name": "rated", "quality_score": {"score": "RED", "date": 1793000000}}
    given = {"waba_id": "14", "templates": [good, rated]}
    assert (await sim.call("POST", "/_sim/meta/templates", json=given))[0] == 200
    _, plain = await sim.call("GET", path, headers=token)
    assert not any("quality_score" in one for one in plain["data"])
    _, asked = await sim.call("GET", f"{path}?fields=name,quality_score", headers=token)
    assert asked["data"] == [
        {"name": "news", "quality_score": {"score": "UNKNOWN"}},
        {"name": "rated", "quality_score": {"score": "RED", "date": 1793000000}},
    ]
    for query in ("fields=name,quality", "limit=0"):
        status, refused = await sim.call("GET", f"{path}?{query}", headers=token)
        assert (status, refused["error"]["code"]) == (400, 100)
