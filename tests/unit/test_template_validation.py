"""Templates are validated against their definitions before a provider is called."""

import pytest

from shared.messages.content import MediaKind
from shared.messages.outbound import ButtonValue, MediaBody, TemplateBody
from shared.templates.definitions import TemplateDefinition, variable_count, variable_names
from shared.templates.validation import completed, first_problem

NEWS = TemplateDefinition(name="news", body="News of {{1}}: {{2}}. Yours, {{1}}")
SALE = TemplateDefinition.model_validate(
    {
        "name": "sale",
        "body": "Today.",
        "header": "image",
        "buttons": [{"kind": "quick_reply"}, {"kind": "url", "variable": True}, {"kind": "url"}],
    }
)
TITLED = TemplateDefinition(name="titled", body="Hi.", header="text", header_text="Order {{1}}")
IMAGE = MediaBody(kind=MediaKind.IMAGE, url="https://shop.example/a.png")
PAYLOAD = ButtonValue(index=0, kind="quick_reply", value="p")
VIDEO = MediaBody(kind=MediaKind.VIDEO, url="https://shop.example/a.mp4")
CODE = ButtonValue(index=1, kind="copy_code", value="x")
TODAY = ButtonValue(index=1, kind="url", value="today")


def at(index: int) -> ButtonValue:
    return ButtonValue(index=index, kind="url", value="x")


def filled(*parameters: str, **values: object) -> TemplateBody:
    return TemplateBody(name="x", language="en", parameters=parameters, **values)  # type: ignore[arg-type]


NAMED = TemplateDefinition(name="named_news", body="Hello {{first_name}}, your order {{order_no}} is ready.")
OTP = TemplateDefinition.model_validate({"name": "code", "body": "{{1}} is your code.", "buttons": [{"kind": "otp"}]})
FLOW = TemplateDefinition.model_validate(
    {"name": "form", "body": "Hi.", "buttons": [{"kind": "flow", "variable": True}]}
)
STATIC = TemplateDefinition.model_validate(
    {"name": "all", "body": "Hi.", "buttons": [{"kind": "catalog"}, {"kind": "phone_number"}, {"kind": "voice_call"}]}
)
MPM = TemplateDefinition.model_validate({"name": "shelf", "body": "Hi.", "buttons": [{"kind": "mpm"}]})
COUPON = TemplateDefinition.model_validate({"name": "off", "body": "Hi.", "buttons": [{"kind": "copy_code"}]})
ODD = TemplateDefinition(name="odd", body="Hi.", parts=("CAROUSEL",))
TWO_IN_HEADER = TemplateDefinition(name="two", body="Hi.", header="text", header_text="{{1}} and {{2}}")
FOOTED = TemplateDefinition(name="long", body="News: {{1}}", footer=True)
LONE = TemplateDefinition(name="long", body="News: {{1}}")


def code(value: str, index: int = 0) -> ButtonValue:
    return ButtonValue(index=index, kind="copy_code", value=value)


CASES: list[tuple[str, TemplateDefinition, TemplateBody, str]] = [
    ("all that it wants", NEWS, filled("K7", "On its way"), ""),
    ("too few", NEWS, filled("K7"), "wants 2 parameters, and 1 are given"),
    ("too many", NEWS, filled("a", "b", "c"), "wants 2 parameters, and 3 are given"),
    ("an empty one", NEWS, filled("K7", " "), "parameter 2 is empty"),
    ("a line end", NEWS, filled("K7", "a\nb"), "line ends"),
    ("five spaces", NEWS, filled("K7", "a     b"), "line ends"),
    ("a file and a button", SALE, filled(header_media=IMAGE, buttons=(TODAY,)), ""),
    ("a payload is as you like", SALE, filled(header_media=IMAGE, buttons=(TODAY, PAYLOAD)), ""),
    ("no file", SALE, filled(buttons=(TODAY,)), "file of the kind image"),
    ("another kind of file", SALE, filled(header_media=VIDEO, buttons=(TODAY,)), "not video"),
    ("a button's value is missing", SALE, filled(header_media=IMAGE), "button 1 wants a value"),
    ("a button that takes none", SALE, filled(header_media=IMAGE, buttons=(TODAY, at(2))), "button 2 takes no value"),
    ("another kind of button", SALE, filled(header_media=IMAGE, buttons=(CODE,)), "of the kind url"),
    ("no such button", SALE, filled(header_media=IMAGE, buttons=(TODAY, at(7))), "no button 7"),
    ("a file where none is wanted", NEWS, filled("a", "b", header_media=IMAGE), "header has no file"),
    ("a header's parameter", TITLED, filled(header="K7"), ""),
    ("a header without it", TITLED, filled(), "header wants a parameter"),
    ("named ones", NAMED, filled("Ada", "K7"), ""),
    ("too few named ones", NAMED, filled("Ada"), "wants 2 parameters (first_name, order_no), and 1 are given"),
    ("an empty named one", NAMED, filled("Ada", " "), "parameter order_no is empty"),
    ("a tab in the header", TITLED, filled(header="K\t7"), "the header's parameter has line ends, tabs"),
    ("a header that is too long", TITLED, filled(header="K" * 55), "header is longer than 60"),
    ("two in the header", TWO_IN_HEADER, filled(header="K7"), "header wants 2 parameters, and one can be given"),
    ("a body that is too long beside others", FOOTED, filled("x" * 1019), "body is longer than 1024"),
    ("a long body alone", LONE, filled("x" * 1019), ""),
    ("a body that is too long alone", LONE, filled("x" * 32_763), "body is longer than 32768"),
    ("a one-time password", OTP, filled("123456"), ""),
    ("a one-time password without the code", OTP, filled(), "wants 1 parameters"),
    ("a flow needs nothing", FLOW, filled(), ""),
    ("buttons that need nothing", STATIC, filled(), ""),
    ("products to choose", MPM, filled(), "button 0 is of the kind mpm, which cannot be filled"),
    ("a coupon without its code", COUPON, filled(), "button 0 wants a value"),
    ("a coupon", COUPON, filled(buttons=(code("SAVE10"),)), ""),
    ("a coupon that is too long", COUPON, filled(buttons=(code("S" * 21),)), "longer than 20 characters"),
    ("a carousel", ODD, filled(), "it has a part of the kind CAROUSEL, which cannot be filled"),
    ("a header's parameter where none is", NEWS, filled("a", "b", header="x"), "header has no parameter"),
]


@pytest.mark.parametrize(("definition", "body", "said"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_wrongly_filled_template_is_named_as_a_problem(
    definition: TemplateDefinition, body: TemplateBody, said: str
) -> None:
    found = first_problem(body, definition)
    assert said in found
    assert bool(found) == bool(said)


@pytest.mark.parametrize(("status", "usable"), [("APPROVED", True), ("", True), ("PAUSED", False), ("REJECTED", False)])
def test_template_in_an_unusable_state_is_a_problem(status: str, usable: bool) -> None:
    assert (first_problem(filled("a", "b"), NEWS, status) == "") is usable


def test_named_parameters_are_counted_like_numbered_ones() -> None:
    assert variable_count("Hi {{name}}, {{ order }} and {{name}}") == 2


def test_names_are_filled_in_the_order_of_the_text() -> None:
    body = completed(filled("P0", "K7"), NAMED)
    assert (body.names, body.parameters) == (("first_name", "order_no"), ("P0", "K7"))
    assert completed(filled("a", "b"), NEWS).names == (), "numbered ones have none"


def test_parameter_format_of_the_provider_takes_precedence() -> None:
    numbered = TemplateDefinition(name="x", body="{{1}}", parameter_format="named")
    assert completed(filled("a"), numbered).names == ("1",)


def test_numbered_parameters_are_ordered_by_value() -> None:
    assert variable_names("{{2}} of {{1}}, {{10}}") == ("1", "2", "10")
    assert completed(filled("a", "b"), TemplateDefinition(name="x", body="{{3}} of {{1}}")).names == ("1", "3")


def test_buttons_with_derivable_values_are_filled_in() -> None:
    assert completed(filled("123456"), OTP).buttons == (ButtonValue(index=0, kind="url", value="123456"),)
    assert completed(filled(), FLOW).buttons == (ButtonValue(index=0, kind="flow", value="unused"),)
