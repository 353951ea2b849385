"""The exact requests to each provider."""

import json
from base64 import b64encode
from urllib.parse import parse_qsl

import pytest

from shared.messages.content import MediaKind
from shared.messages.inbound import Provider
from shared.messages.outbound import (
    Body,
    Button,
    ButtonsBody,
    ListBody,
    MediaBody,
    Presence,
    Row,
    TemplateBody,
    TextBody,
)
from shared.providers.api_calls import open_session
from tests.providers import fakes
from tests.providers.sender_cases import CASES
from tests.providers.test_sender_contract import Bench, make_sender

BUTTONS = ButtonsBody(body="Which?", buttons=(Button(id="a", title="Oak"), Button(id="b", title="Pine")))
TEMPLATE = TemplateBody(name="HX1", language="en_GB", parameters=("Ada", "5 %"))
LIST = ListBody(
    body="Which?",
    button="Our coasters",
    rows=(Row(id="a", title="Oak", description="4.50 USD"), Row(id="b", title="Pine")),
)
URL = "https://shop.example/a"
DOCUMENT = MediaBody(kind=MediaKind.DOCUMENT, url=URL, caption="All of them", filename="coasters.pdf")
AUDIO = MediaBody(kind=MediaKind.AUDIO, url=URL)
STICKER = MediaBody(kind=MediaKind.STICKER, url=URL, filename="smile.webp")
COMMON = {"messaging_product": "whatsapp", "recipient_type": "individual", "biz_opaque_callback_data": "our-id-1"}
NUMBER = {"to": "2348055550123"}


async def posted(
    kind: Provider, body: Body, address: str = "+2348055550123", reply_to: str | None = None
) -> fakes.Received:
    async with fakes.running() as provider, open_session() as session:
        provider.answer = fakes.always(201, CASES[kind].sent)
        await Bench(CASES[kind], make_sender(kind, session, provider.url), provider).send(
            body, address=address, reply_to=reply_to
        )
        [received] = provider.requests
        return received


def of_meta(kind: str, part: dict[str, object]) -> dict[str, object]:
    return {**COMMON, **NUMBER, "type": kind, kind: part}


META = [
    (
        "list",
        LIST,
        of_meta(
            "interactive",
            {
                "type": "list",
                "body": {"text": "Which?"},
                "action": {
                    "button": "Our coasters",
                    "sections": [
                        {
                            "rows": [
                                {"id": "a", "title": "Oak", "description": "4.50 USD"},
                                {"id": "b", "title": "Pine"},
                            ]
                        }
                    ],
                },
            },
        ),
    ),
    ("image", MediaBody(kind=MediaKind.IMAGE, url=URL), of_meta("image", {"link": URL})),
    (
        "video with a caption",
        MediaBody(kind=MediaKind.VIDEO, url=URL, caption="See"),
        of_meta("video", {"link": URL, "caption": "See"}),
    ),
    (
        "document with a name",
        DOCUMENT,
        of_meta("document", {"link": URL, "caption": "All of them", "filename": "coasters.pdf"}),
    ),
    ("audio", AUDIO, of_meta("audio", {"link": URL})),
    ("sticker without a name", STICKER, of_meta("sticker", {"link": URL})),
    (
        "text",
        TextBody(body="Hello", preview_url=True),
        {**COMMON, **NUMBER, "type": "text", "text": {"body": "Hello", "preview_url": True}},
    ),
    (
        "buttons",
        BUTTONS,
        {
            **COMMON,
            **NUMBER,
            "type": "interactive",
            "interactive": {
                "type": "button",
                "body": {"text": "Which?"},
                "action": {
                    "buttons": [
                        {"type": "reply", "reply": {"id": "a", "title": "Oak"}},
                        {"type": "reply", "reply": {"id": "b", "title": "Pine"}},
                    ]
                },
            },
        },
    ),
    (
        "template",
        TEMPLATE,
        {
            **COMMON,
            **NUMBER,
            "type": "template",
            "template": {
                "name": "HX1",
                "language": {"code": "en_GB"},
                "components": [
                    {"type": "body", "parameters": [{"type": "text", "text": "Ada"}, {"type": "text", "text": "5 %"}]}
                ],
            },
        },
    ),
    (
        "read and typing",
        Presence(provider_message_id="wamid.9", typing=True),
        {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": "wamid.9",
            "typing_indicator": {"type": "text"},
        },
    ),
    (
        "read only",
        Presence(provider_message_id="wamid.9"),
        {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.9"},
    ),
]


@pytest.mark.parametrize(("body", "expected"), [m[1:] for m in META], ids=[m[0] for m in META])
async def test_body_is_sent_in_metas_form(body: Body, expected: dict[str, object]) -> None:
    received = await posted(Provider.META, body)
    assert received.path == "/v24.0/665397593326012/messages"
    assert received.headers["Authorization"] == "Bearer token"
    assert json.loads(received.body) == expected


async def test_customer_without_a_number_is_sent_to_by_user_id() -> None:
    received = await posted(Provider.META, TextBody(body="Hello"), address="bsuid:NG.1", reply_to="wamid.9")
    sent = json.loads(received.body)
    assert sent["recipient"] == "NG.1"
    assert "to" not in sent
    assert sent["context"] == {"message_id": "wamid.9"}


CALLBACK = "https://parley.example/webhooks/twilio/status?workspace=acme+%26+sons&channel=tw&message=our-id-1"
TWILIO = [
    ("text", TextBody(body="Hello & 👋🏾"), {"Body": "Hello & 👋🏾"}),
    ("numbered text instead of buttons", BUTTONS, {"Body": "Which?\n\n1. Oak\n2. Pine"}),
    ("numbered text instead of a list", LIST, {"Body": "Which?\n\n1. Oak – 4.50 USD\n2. Pine"}),
    ("media with a caption", DOCUMENT, {"MediaUrl": URL, "Body": "All of them"}),
    (
        "a document's name instead of a caption",
        MediaBody(kind=MediaKind.DOCUMENT, url=URL, filename="coasters.pdf"),
        {"MediaUrl": URL, "Body": "coasters.pdf"},
    ),
    ("media alone", AUDIO, {"MediaUrl": URL}),
    ("template", TEMPLATE, {"ContentSid": "HX1", "ContentVariables": '{"1":"Ada","2":"5 %"}'}),
    ("template without parameters", TemplateBody(name="HX1", language="en"), {"ContentSid": "HX1"}),
]


@pytest.mark.parametrize(("body", "expected"), [t[1:] for t in TWILIO], ids=[t[0] for t in TWILIO])
async def test_body_is_sent_in_twilios_form(body: Body, expected: dict[str, str]) -> None:
    received = await posted(Provider.TWILIO, body)
    assert received.path == "/2010-04-01/Accounts/AC1/Messages.json"
    assert received.headers["Authorization"] == "Basic " + b64encode(b"AC1:token").decode()
    assert dict(parse_qsl(received.body.decode())) == {
        "From": "whatsapp:+14155238886",
        "To": "whatsapp:+2348055550123",
        "StatusCallback": CALLBACK,
        **expected,
    }


async def test_twilio_presence_makes_no_call() -> None:
    async with fakes.running() as provider, open_session() as session:
        bench = Bench(CASES[Provider.TWILIO], make_sender(Provider.TWILIO, session, provider.url), provider)
        await bench.send(Presence(provider_message_id="SM9", typing=True))
        assert not provider.requests
