"""Templates are checked against what they want before a provider is asked."""

import pytest

from shared.messages.content import MediaKind
from shared.messages.outbound import ButtonValue, MediaBody, TemplateBody
from shared.template_check import problem
from shared.templates import TemplateDefinition, variables

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
    ("a header's parameter where none is", NEWS, filled("a", "b", header="x"), "header has no parameter"),
]


@pytest.mark.parametrize(("definition", "body", "said"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_a_template_wants(definition: TemplateDefinition, body: TemplateBody, said: str) -> None:
    found = problem(body, definition)
    assert said in found
    assert bool(found) == bool(said)


@pytest.mark.parametrize(("status", "usable"), [("APPROVED", True), ("", True), ("PAUSED", False), ("REJECTED", False)])
def test_one_that_the_provider_has_paused_is_not_sent(status: str, usable: bool) -> None:
    assert (problem(filled("a", "b"), NEWS, status) == "") is usable


def test_named_parameters_are_counted_like_numbered_ones() -> None:
    assert variables("Hi {{name}}, {{ order }} and {{name}}") == 2
