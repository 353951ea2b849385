"""Templates rendered as customers read them."""

import pytest

from shared.messages.content import MediaKind
from shared.messages.outbound import MediaBody, TemplateBody
from shared.templates.definitions import TemplateDefinition
from shared.templates.rendering import render_template

CASES = {
    "values in their places": ("Hi {{1}}, {{2}} is ready.", ("Ada", "K7"), "Hi Ada, K7 is ready."),
    "a place used twice": ("{{1}} and {{1}}", ("two",), "two and two"),
    "the second before the first": ("{{2}} for {{1}}", ("Ada", "tea"), "tea for Ada"),
    "places with names": ("Hi {{ name }}, {{order}}.", ("Ada", "K7"), "Hi Ada, K7."),
    "a value with braces is not filled again": ("{{1}} {{2}}", ("{{2}}", "b"), "{{2}} b"),
    "a missing value shows its place": ("{{1}} {{2}}", ("a",), "a {{2}}"),
    "no values": ("We are back.", (), "We are back."),
    "no text at all": ("", ("a",), ""),
}


@pytest.mark.parametrize("case", CASES)
def test_template_is_rendered(case: str) -> None:
    text, values, expected = CASES[case]
    body = TemplateBody(name="t", language="en", parameters=values)
    assert render_template(body, TemplateDefinition(name="t", body=text)) == expected


def test_header_is_rendered_above_the_body() -> None:
    definition = TemplateDefinition(name="t", body="Come in.", header="text", header_text="Sale in {{1}}")
    assert (
        render_template(TemplateBody(name="t", language="en", header="Lagos"), definition) == "Sale in Lagos\nCome in."
    )
    file = MediaBody(kind=MediaKind.IMAGE, url="https://x.example/a.jpg")
    assert render_template(TemplateBody(name="t", language="en", header_media=file), definition).startswith("(image)")
