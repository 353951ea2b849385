"""Problems of a broadcast's template before anything is sent: case by case."""

from typing import Any

import pytest

from shared.domain.broadcast import Broadcast, BroadcastTemplate
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


def said(name: str, *parameters: str, on: str = "main", **more: Any) -> Broadcast:
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
    ("as many parameters as the file says", said("two", NAME, CITY), None, ""),
    ("too few for the file", said("two", NAME), None, "two (en) is not filled as it wants: its body wants 2"),
    ("too many", said("two", NAME, CITY, "x"), None, "wants 2 parameters, and 3 are given"),
    ("too few for Meta", said("met", NAME), at_meta("met", "Hi {{1}}, {{2}}"), "wants 2 parameters, and 1 are given"),
    ("as many as Meta wants", said("met", NAME), at_meta("met", "Hi {{1}}"), ""),
    ("a parameter with a line end", said("met", "a\nb"), at_meta("met", "Hi {{1}}"), "parameter 1 has line ends"),
    ("a parameter that is only spaces", said("met", "  "), at_meta("met", "Hi {{1}}"), "parameter 1 is empty"),
    ("paused at Meta", said("met"), at_meta("met", status="PAUSED"), "it is PAUSED at the provider"),
    ("rejected by Meta", said("met"), at_meta("met", status="REJECTED"), "it is REJECTED at the provider"),
    ("still with Meta", said("met"), at_meta("met", status="PENDING"), ""),
    ("the file has the first word", said("two", NAME, CITY), at_meta("two", "Hi"), ""),
    ("the state is always the provider's", said("two", NAME, CITY), at_meta("two", status="PAUSED"), "it is PAUSED"),
    ("without the file above it", said("sale"), None, "its header wants a file of the kind image"),
    ("with the file above it", said("sale", header_media=IMAGE), None, ""),
    ("a button that wants a value", said("end"), None, "button 0 wants a value"),
    ("a button that has it", said("end", buttons=(button(NAME),)), None, ""),
    (
        "a button of something unknown",
        said("end", buttons=(button("{{ order.id }}"),)),
        None,
        "`order.id` is not known",
    ),
    ("a header of something unknown", said("met", header="{{ x }}"), None, "`x` is not known"),
    ("one that nobody knows is left to Meta", said("unheard", NAME), None, ""),
    ("on Twilio, with what it is called there", said("both", NAME, on="tw"), None, ""),
    ("on Twilio, without", said("two", NAME, CITY, on="tw"), None, "by a content_sid, and two has none"),
    ("on Twilio, one that nobody knows", said("unheard", on="tw"), None, "by a content_sid, and unheard has none"),
    ("on Twilio, by its id", said(SID, on="tw"), None, ""),
    ("on Twilio, filled wrongly", said("both", on="tw"), None, "wants 1 parameters, and 0 are given"),
]


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_problem_of_the_template(case: tuple[str, Broadcast, ProviderTemplate | None, str]) -> None:
    _, one, known, words = case
    found = problems(one, SHOP, (), known)
    assert len(found) == bool(words)
    assert all(words in problem for problem in found)


@pytest.mark.parametrize(
    ("languages", "words"),
    [
        (None, ""),
        (["en"], ""),
        (["en_US", "fr"], "has no template met (en); there is met (en_US), met (fr): if it is new"),
        ([], "has no template met (en): if it is new, run `parley templates sync` first"),
    ],
)
def test_template_that_the_account_lacks_is_a_problem(languages: list[str] | None, words: str) -> None:
    what = said("met").what
    assert isinstance(what, BroadcastTemplate)
    found = list(unknown_template(what, SHOP, languages))
    assert len(found) == bool(words)
    assert words in "".join(found)
