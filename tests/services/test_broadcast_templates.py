"""Problems of a broadcast's template before anything is sent: case by case."""

from typing import Any

import msgspec
import pytest

from shared.domain.broadcast import Broadcast
from shared.messages.broadcast_content import BroadcastTemplate
from shared.messages.content import MediaKind
from shared.messages.outbound import ButtonValue, MediaBody
from shared.operations.broadcasts.problems import problems, unknown_template
from shared.repositories.provider_templates import ProviderTemplate
from shared.templates.definitions import TemplateDefinition
from shared.workspace.config import Workspace
from tests.services.builders import NOW

CONTENT = f"HX{5:032x}"
SID = f"HX{6:032x}"


def channel(id_: str, provider: str) -> dict[str, Any]:
    key = f"{provider}:{id_}"
    return {"id": id_, "provider": provider, "address": "+1", "key": key, "account": key, "settings": {}, "secrets": {}}


WRITTEN = [
    {"name": "two", "body": "News of {{1}}: {{2}}"},
    {"name": "both", "body": "Hi {{1}}", "content_sid": CONTENT},
    {"name": "sale", "body": "Only today.", "header": "image"},
    {"name": "end", "body": "Look.", "buttons": [{"kind": "url", "variable": True}]},
]
SHOP = Workspace.model_validate(
    {
        "workspace": "acme",
        "segments": [{"name": "all"}],
        "templates": WRITTEN,
        "channels": [channel("main", "meta"), channel("tw", "twilio")],
    }
)


def broadcast_of(name: str, *parameters: str, on: str = "main", **more: Any) -> Broadcast:
    what = BroadcastTemplate(name=name, language="en", parameters=parameters, **more)
    return Broadcast(
        id="b1", workspace="acme", name="spring", channel=on, what=what, created_at=NOW, by="u9", segment="all"
    )


def at_meta(name: str, body: str = "Hi.", status: str = "APPROVED") -> ProviderTemplate:
    return ProviderTemplate(definition=TemplateDefinition(name=name, body=body), status=status, account="2", at=NOW)


IMAGE = MediaBody(kind=MediaKind.IMAGE, url="https://acme.example/sale.png")


def button(value: str) -> ButtonValue:
    return ButtonValue(index=0, kind="url", value=value)


NAME, CITY = "{{ customer.name }}", "{{ customer.fields.city }}"
CASES: list[tuple[str, Broadcast, ProviderTemplate | None, str]] = [
    ("as many parameters as the workspace file defines", broadcast_of("two", NAME, CITY), None, ""),
    (
        "fewer parameters than the file defines",
        broadcast_of("two", NAME),
        None,
        "two (en) is not filled as it wants: its body wants 2",
    ),
    (
        "more parameters than the file defines",
        broadcast_of("two", NAME, CITY, "x"),
        None,
        "wants 2 parameters, and 3 are given",
    ),
    (
        "fewer parameters than Meta's definition",
        broadcast_of("met", NAME),
        at_meta("met", "Hi {{1}}, {{2}}"),
        "wants 2 parameters, and 1 are given",
    ),
    ("as many parameters as Meta's definition", broadcast_of("met", NAME), at_meta("met", "Hi {{1}}"), ""),
    (
        "a parameter with a line end",
        broadcast_of("met", "a\nb"),
        at_meta("met", "Hi {{1}}"),
        "parameter 1 has line ends",
    ),
    ("a blank parameter", broadcast_of("met", "  "), at_meta("met", "Hi {{1}}"), "parameter 1 is empty"),
    ("paused at Meta", broadcast_of("met"), at_meta("met", status="PAUSED"), "it is PAUSED at the provider"),
    ("rejected by Meta", broadcast_of("met"), at_meta("met", status="REJECTED"), "it is REJECTED at the provider"),
    ("pending at Meta", broadcast_of("met"), at_meta("met", status="PENDING"), ""),
    ("the file's definition overrides Meta's", broadcast_of("two", NAME, CITY), at_meta("two", "Hi"), ""),
    (
        "the state is always the provider's",
        broadcast_of("two", NAME, CITY),
        at_meta("two", status="PAUSED"),
        "it is PAUSED",
    ),
    ("without the header's file", broadcast_of("sale"), None, "its header wants a file of the kind image"),
    ("with the header's file", broadcast_of("sale", header_media=IMAGE), None, ""),
    ("a button without its value", broadcast_of("end"), None, "button 0 wants a value"),
    ("a button with its value", broadcast_of("end", buttons=(button(NAME),)), None, ""),
    (
        "a button with an unknown variable",
        broadcast_of("end", buttons=(button("{{ order.id }}"),)),
        None,
        "`order.id` is not known",
    ),
    ("a header with an unknown variable", broadcast_of("met", header="{{ x }}"), None, "`x` is not known"),
    ("an unknown template is left to Meta", broadcast_of("unknown", NAME), None, ""),
    ("on Twilio, with a content_sid", broadcast_of("both", NAME, on="tw"), None, ""),
    (
        "on Twilio, without a content_sid",
        broadcast_of("two", NAME, CITY, on="tw"),
        None,
        "by a content_sid, and two has none",
    ),
    (
        "on Twilio, an unknown template",
        broadcast_of("unknown", on="tw"),
        None,
        "by a content_sid, and unknown has none",
    ),
    ("on Twilio, by its id", broadcast_of(SID, on="tw"), None, ""),
    ("on Twilio, filled wrongly", broadcast_of("both", on="tw"), None, "wants 1 parameters, and 0 are given"),
]


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_unusable_template_is_named_as_a_problem(case: tuple[str, Broadcast, ProviderTemplate | None, str]) -> None:
    _, broadcast, known, words = case
    found = problems(broadcast, SHOP, None, [known] if known else [])
    assert len(found) == bool(words)
    assert all(words in problem for problem in found)


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("met", "two", ""),
        ("met", "met", "both variants are the same"),
        ("met", "paused", "it is PAUSED at the provider"),
    ],
)
def test_both_templates_of_a_comparison_are_checked(first: str, second: str, words: str) -> None:
    other = broadcast_of(second, *((NAME, CITY) if second == "two" else ())).what
    broadcast = msgspec.structs.replace(broadcast_of(first), other=other)
    found = problems(broadcast, SHOP, None, [at_meta("met"), at_meta("paused", status="PAUSED")])
    assert len(found) == bool(words)
    assert words in "".join(found)


@pytest.mark.parametrize(
    ("languages", "words"),
    [
        (None, ""),
        (["en"], ""),
        (["en_US", "fr"], "has no template met (en); there is met (en_US), met (fr): if it is new"),
        ([], "has no template met (en): if it is new, synchronise the templates first"),
    ],
)
def test_template_that_the_account_lacks_is_a_problem(languages: list[str] | None, words: str) -> None:
    what = broadcast_of("met").what
    assert isinstance(what, BroadcastTemplate)
    found = list(unknown_template(what, SHOP, languages))
    assert len(found) == bool(words)
    assert words in "".join(found)
