"""Definitions of templates from Meta, and their payloads for each provider."""

import json
from typing import Any

import msgspec
import pytest

from devtools.simulators.errors import RequestRefused
from devtools.simulators.meta_rules import check_message
from devtools.simulators.meta_templates import check_template_parameters
from shared.messages.content import MediaKind
from shared.messages.inbound import Provider
from shared.messages.outbound import ButtonValue, MediaBody, TemplateBody
from shared.operations.template_validator import prepare_template
from shared.providers.errors import SendError
from shared.providers.meta.definitions import _DECODER, definition_of, quality_of
from shared.providers.meta.payload import payload_for as meta_payload
from shared.providers.msg91.payload import payload_for as msg91_payload
from shared.providers.port import Channel, OutgoingMessage
from shared.providers.twilio.form import form_for
from shared.templates.definitions import TemplateDefinition

SID = f"HX{5:032x}"
NAMED = {
    "name": "named_news",
    "language": "en",
    "status": "APPROVED",
    "category": "MARKETING",
    "parameter_format": "NAMED",
    "components": [{"type": "BODY", "text": "Hello {{first_name}}, your order {{order_no}} is ready."}],
}
IMAGE = MediaBody(kind=MediaKind.IMAGE, url="https://shop.example/a.png")


def at_meta(*components: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "x", "language": "en", "status": "APPROVED", "components": list(components), **more}


def definition(template: dict[str, Any]) -> TemplateDefinition:
    (found,) = _DECODER.decode(json.dumps({"data": [template]}).encode()).data
    return definition_of(found)


def sent(template: dict[str, Any], body: TemplateBody) -> dict[str, Any]:
    """Return the template object for Meta, which the simulator accepted. Raises AssertionError if refused."""
    ready = prepare_template(Provider.META, body, definition(template), "APPROVED")
    assert isinstance(ready, TemplateBody), ready
    payload = meta_payload(OutgoingMessage(id="our-id", address="+2348030000001", body=ready))
    check_message(payload)
    check_template_parameters(payload["template"], [template])
    found: dict[str, Any] = payload["template"]
    return found


def refused(template: dict[str, Any], body: TemplateBody, provider: Provider = Provider.META) -> str:
    why = prepare_template(provider, body, definition(template), "APPROVED")
    assert isinstance(why, str), why
    assert body.name in why
    return why


def filled(name: str, *parameters: str, **values: Any) -> TemplateBody:
    return TemplateBody(name=name, language="en", parameters=parameters, **values)


def test_named_parameters_are_sent_with_their_names() -> None:
    assert sent(NAMED, filled("named_news", "P0", "K7"))["components"] == [
        {
            "type": "body",
            "parameters": [
                {"type": "text", "parameter_name": "first_name", "text": "P0"},
                {"type": "text", "parameter_name": "order_no", "text": "K7"},
            ],
        }
    ]


def test_meta_refuses_other_parameter_names() -> None:
    for names in ((), ("first_name", "order"), ("first_name", "first_name")):
        body = filled("named_news", "P0", "K7", names=names)
        template = meta_payload(OutgoingMessage(id="1", address="+2348030000001", body=body))["template"]
        with pytest.raises(RequestRefused):
            check_template_parameters(template, [NAMED])


def test_named_header_is_sent_with_its_name() -> None:
    header = {"type": "HEADER", "format": "TEXT", "text": "Order {{order_no}}"}
    template = at_meta(header, {"type": "BODY", "text": "Hi {{first_name}}"}, parameter_format="NAMED")
    (above, body) = sent(template, filled("x", "Ada", header="K7"))["components"]
    assert above["parameters"] == [{"type": "text", "parameter_name": "order_no", "text": "K7"}]
    assert body["parameters"] == [{"type": "text", "parameter_name": "first_name", "text": "Ada"}]


def test_numbered_parameters_are_sent_without_names() -> None:
    (body,) = sent(at_meta({"type": "BODY", "text": "{{1}} and {{2}}"}), filled("x", "a", "b"))["components"]
    assert body["parameters"] == [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]


@pytest.mark.parametrize("kind", MediaKind)
def test_header_has_a_file_name_only_if_it_is_a_document(kind: MediaKind) -> None:
    media = MediaBody(kind=kind, url="https://shop.example/a", filename="a.pdf")
    message = OutgoingMessage(id="1", address="+2348030000001", body=filled("x", header_media=media))
    (header,) = meta_payload(message)["template"]["components"]
    assert ("filename" in header["parameters"][0][kind.value]) is (kind is MediaKind.DOCUMENT)


BUTTONS: list[tuple[str, list[dict[str, Any]], tuple[ButtonValue, ...], list[dict[str, Any]]]] = [
    ("static ones", [{"type": "PHONE_NUMBER"}, {"type": "URL", "url": "https://a.b"}, {"type": "CATALOG"}], (), []),
    ("a call", [{"type": "VOICE_CALL"}, {"type": "QUICK_REPLY"}], (), []),
    (
        "an address",
        [{"type": "URL", "url": "https://a.b/{{1}}"}],
        (ButtonValue(index=0, kind="url", value="k7"),),
        [{"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "k7"}]}],
    ),
    (
        "a coupon",
        [{"type": "QUICK_REPLY"}, {"type": "COPY_CODE"}],
        (ButtonValue(index=1, kind="copy_code", value="SAVE10"),),
        [
            {
                "type": "button",
                "sub_type": "copy_code",
                "index": "1",
                "parameters": [{"type": "coupon_code", "coupon_code": "SAVE10"}],
            }
        ],
    ),
    (
        "a flow",
        [{"type": "FLOW", "flow_id": 7}],
        (),
        [
            {
                "type": "button",
                "sub_type": "flow",
                "index": "0",
                "parameters": [{"type": "action", "action": {"flow_token": "unused"}}],
            }
        ],
    ),
]


@pytest.mark.parametrize(
    ("buttons", "values", "expected"), [case[1:] for case in BUTTONS], ids=[case[0] for case in BUTTONS]
)
def test_buttons_are_filled(
    buttons: list[dict[str, Any]], values: tuple[ButtonValue, ...], expected: list[dict[str, Any]]
) -> None:
    template = at_meta({"type": "BODY", "text": "Hi"}, {"type": "BUTTONS", "buttons": buttons}, {"type": "FOOTER"})
    assert sent(template, filled("x", buttons=values)).get("components", []) == expected


def test_one_time_password_is_sent_for_the_button_too() -> None:
    template = at_meta({"type": "BODY", "text": "{{1}}"}, {"type": "BUTTONS", "buttons": [{"type": "OTP"}]})
    _, button = sent(template, filled("x", "123456"))["components"]
    assert (button["sub_type"], button["parameters"]) == ("url", [{"type": "text", "text": "123456"}])


REFUSED: list[tuple[str, dict[str, Any], TemplateBody, str]] = [
    ("a carousel", at_meta({"type": "BODY", "text": "Hi"}, {"type": "CAROUSEL", "cards": []}), filled("x"), "CAROUSEL"),
    ("a limited-time offer", at_meta({"type": "LIMITED_TIME_OFFER"}), filled("x"), "LIMITED_TIME_OFFER"),
    ("products", at_meta({"type": "BUTTONS", "buttons": [{"type": "MPM"}]}), filled("x"), "of the kind mpm"),
    ("an unknown button", at_meta({"type": "BUTTONS", "buttons": [{"type": "SPM"}]}), filled("x"), "BUTTON SPM"),
    ("a location header", at_meta({"type": "HEADER", "format": "LOCATION"}), filled("x"), "location"),
    ("an unknown header", at_meta({"type": "HEADER", "format": "GIF"}), filled("x"), "HEADER GIF"),
    ("an unknown part", at_meta({"type": "HOLOGRAM"}), filled("x"), "HOLOGRAM"),
    (
        "a file of another kind",
        at_meta({"type": "HEADER", "format": "VIDEO"}),
        filled("x", header_media=IMAGE),
        "video",
    ),
]


@pytest.mark.parametrize(
    ("template", "body", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_unfillable_template_part_is_refused_by_name(template: dict[str, Any], body: TemplateBody, words: str) -> None:
    assert words in refused(template, body)


@pytest.mark.parametrize("odd", [7, "odd", {}, [7]])
def test_unreadable_template_is_left_out(odd: Any) -> None:
    page = {"data": [{**NAMED, "components": odd}, {**NAMED, "name": "other", "category": odd}]}
    found = [template.name for template in _DECODER.decode(json.dumps(page).encode()).data]
    assert found == ["other"]


@pytest.mark.parametrize(
    ("given", "quality"),
    [
        ({"quality_score": {"score": "RED", "date": 1793000000, "reasons": ["x"]}}, "RED"),
        ({"quality_score": {"score": "UNKNOWN"}}, "UNKNOWN"),
        ({"quality_score": {"score": 5}}, ""),
        ({"quality_score": "GREEN"}, ""),
        ({"quality_score": None}, ""),
        ({}, ""),
    ],
)
def test_quality_is_read_if_it_has_the_form_that_meta_documents(given: dict[str, Any], quality: str) -> None:
    (found,) = _DECODER.decode(json.dumps({"data": [{**NAMED, **given}]}).encode()).data
    assert quality_of(found) == quality
    assert definition_of(found).name == "named_news"


def test_category_and_parameter_format_are_parsed() -> None:
    found = definition(NAMED)
    assert (found.category, found.parameter_format, found.is_named) == ("MARKETING", "named", True)


CHANNEL = Channel(
    workspace="acme",
    id="tw",
    provider=Provider.TWILIO,
    address="+14155238886",
    settings={"account_sid": "AC1"},
    secrets={},
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello {{first_name}}: {{order_no}}", {"first_name": "P0", "order_no": "K7"}),
        ("Hello {{1}}: {{2}}", {"1": "P0", "2": "K7"}),
        ("Hello {{2}}: {{1}}", {"1": "P0", "2": "K7"}),
    ],
)
def test_twilio_variables_have_the_names_of_the_content(text: str, expected: dict[str, str]) -> None:
    written = TemplateDefinition(name="news", body=text, content_sid=SID)
    ready = prepare_template(Provider.TWILIO, filled("news", "P0", "K7"), written, "")
    assert isinstance(ready, TemplateBody)
    form = form_for(CHANNEL, OutgoingMessage(id="1", address="+2348030000001", body=ready), "https://x/status")
    assert form["ContentSid"] == SID
    assert json.loads(form["ContentVariables"]) == expected


@pytest.mark.parametrize("provider", [Provider.TWILIO, Provider.MSG91])
@pytest.mark.parametrize("more", [{"header": "K7"}, {"header_media": IMAGE}, {"buttons": (BUTTONS[2][2])}])
def test_unsupported_template_part_is_refused_without_a_request(provider: Provider, more: dict[str, Any]) -> None:
    why = prepare_template(provider, filled("news", **more), None, "")
    assert f"through {provider} only the parameters of its body" in str(why)


def test_msg91_refuses_named_parameters() -> None:
    written = TemplateDefinition(name="news", body="Hello {{first_name}}")
    assert "named parameters, which msg91 does not take" in str(
        prepare_template(Provider.MSG91, filled("news", "P0"), written, "")
    )
    body = filled("news", "P0", names=("first_name",))
    with pytest.raises(SendError, match="named parameters"):
        msg91_payload("919", OutgoingMessage(id="1", address="+919876543210", body=body))
    plain = msgspec.structs.replace(body, names=())
    assert (
        msg91_payload("919", OutgoingMessage(id="1", address="+919876543210", body=plain))["content_type"] == "template"
    )


def test_definitions_have_the_words_of_footer_and_buttons() -> None:
    found = definition(
        at_meta(
            {"type": "BODY", "text": "Hello"},
            {"type": "FOOTER", "text": "Reply STOP to end"},
            {
                "type": "BUTTONS",
                "buttons": [{"type": "QUICK_REPLY", "text": "Thanks"}, {"type": "URL", "text": "y" * 300, "url": "x"}],
            },
        )
    )
    assert (found.footer, found.footer_text) == (True, "Reply STOP to end")
    assert [one.text for one in found.buttons] == ["Thanks", "y" * 200], "a text too long keeps no template away"
