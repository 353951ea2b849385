"""What each recipient of a broadcast gets, and the problems of a broadcast: case by case."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from shared.domain import ids
from shared.domain.broadcast import (
    Broadcast,
    BroadcastContent,
    BroadcastFlow,
    BroadcastTemplate,
    BroadcastText,
    Recipient,
)
from shared.domain.conversation import Conversation, Mode
from shared.domain.customer import customer_view
from shared.messages.commands import StartFlow
from shared.messages.content import MediaKind
from shared.messages.inbound import Provider
from shared.messages.outbound import Author, ButtonValue, MediaBody, OutboundMessage, TemplateBody, TextBody
from shared.operations.broadcasts.decide import SkipReason, decide, first_message_id
from shared.operations.broadcasts.problems import problems
from shared.operations.broadcasts.profiles import RecipientProfile
from shared.repositories.channel_states import StoppedChannel
from shared.workspace.config import Workspace
from tests.services.builders import NOW

PHONE = "+2348031234567"
ME = ids.customer_id("acme", PHONE)
TEXT, FLOW = BroadcastText(text="Spring is here, {{ customer.name }}!"), BroadcastFlow(flow="survey")
TEMPLATE = BroadcastTemplate(
    name="spring", language="en", parameters=("{{ customer.name }}", "{{ customer.fields.city }}")
)


def broadcast(what: BroadcastContent = TEXT, **values: Any) -> Broadcast:
    values = {"channel": "main", "segment": "all"} | values
    return Broadcast(id="b1", workspace="acme", name="spring", what=what, created_at=NOW, by="u9", **values)


def person(*, heard: timedelta | None = timedelta(hours=1), recipient: Any = None, **values: Any) -> RecipientProfile:
    """Ada, who wrote an hour ago, and lives in Lagos."""
    known: dict[str, Any] = {"_id": ME, "name": "Ada", "phone": PHONE, "fields": {"city": "Lagos"}}
    customer = values.pop("customer", known)
    conversation = Conversation(
        id=ids.conversation_id("acme", "main", PHONE),
        workspace="acme",
        channel="main",
        provider="meta",
        customer_id=ME,
        address=PHONE,
        turn=3,
        last_inbound_at=NOW - heard if heard is not None else None,
        mode=values.pop("mode", Mode.BOT),
    )
    given = {"id": "r1", "customer_id": ME, "identity": PHONE} | (recipient or {})
    return RecipientProfile(
        recipient=Recipient(**given),
        customer=customer_view(customer) if customer is not None else None,
        conversation=values.pop("conversation", conversation),
        **values,
    )


def stranger(**recipient: Any) -> RecipientProfile:
    return person(customer=None, conversation=None, recipient=recipient)


FORBIDDEN: list[tuple[str, BroadcastContent, RecipientProfile, SkipReason]] = [
    ("who was erased, whatever else", TEMPLATE, person(erased=True), SkipReason.ERASED),
    ("who has opted out", TEMPLATE, person(customer={"_id": ME, "opted_out": True}), SkipReason.OPTED_OUT),
    ("a text a day later", TEXT, person(heard=timedelta(hours=24)), SkipReason.WINDOW_CLOSED),
    (
        "a text just before the day is over",
        TEXT,
        person(heard=timedelta(hours=23, minutes=56)),
        SkipReason.WINDOW_CLOSED,
    ),
    ("a text to who never wrote", TEXT, person(heard=None), SkipReason.WINDOW_CLOSED),
    ("a text to a stranger", TEXT, stranger(), SkipReason.WINDOW_CLOSED),
    ("a flow with a stranger", FLOW, stranger(), SkipReason.WINDOW_CLOSED),
    ("a flow while a person has it", FLOW, person(mode=Mode.HUMAN), SkipReason.WITH_A_PERSON),
    ("a user id that never wrote here", TEMPLATE, stranger(identity="bsuid:NG.1"), SkipReason.NO_ADDRESS),
    ("a parameter that is not there", TEMPLATE, stranger(name="Bo"), SkipReason.NOT_FILLED_IN),
    ("a name that is only spaces", TEMPLATE, stranger(name=" ", fields={"city": "Kano"}), SkipReason.NOT_FILLED_IN),
    ("what cannot be worked out", BroadcastText(text="{{ 1 / 0 }}"), person(), SkipReason.NOT_FILLED_IN),
    ("nothing to say", BroadcastText(text="{{ customer.username }}"), person(), SkipReason.NOT_FILLED_IN),
    (
        "what becomes too long",
        BroadcastText(text="{{ customer.fields.essay }}" * 2),
        person(customer={"_id": ME, "fields": {"essay": "word " * 500}}),
        SkipReason.TOO_LONG,
    ),
]


@pytest.mark.parametrize(("what", "who", "why"), [case[1:] for case in FORBIDDEN], ids=[case[0] for case in FORBIDDEN])
def test_skip_reason(what: BroadcastContent, who: RecipientProfile, why: SkipReason) -> None:
    assert decide(broadcast(what), Provider.META, who, NOW) is why


def test_text_is_filled_in_and_comes_last_in_its_turn() -> None:
    said = decide(broadcast(), Provider.META, person(), NOW)
    assert isinstance(said, OutboundMessage)
    assert said.body == TextBody(body="Spring is here, Ada!")
    assert (said.author, said.turn, said.address) == (Author.BROADCAST, 3, PHONE)
    assert said.index > 1000
    assert first_message_id(said) == said.id


def test_repeated_decision_makes_the_same_message() -> None:
    first, later = (decide(broadcast(), Provider.META, person(), at) for at in (NOW, NOW + timedelta(hours=2)))
    other = decide(broadcast(), Provider.META, person(recipient={"id": "r2"}), NOW)
    assert isinstance(first, OutboundMessage)
    assert isinstance(later, OutboundMessage)
    assert isinstance(other, OutboundMessage)
    assert (first.id, first.correlation_id) == (later.id, later.correlation_id)
    assert other.id != first.id


def test_template_is_sent_to_an_unknown_customer_with_the_files_columns() -> None:
    said = decide(broadcast(TEMPLATE), Provider.META, stranger(name="Bo", fields={"city": "Kano"}), NOW)
    assert isinstance(said, OutboundMessage)
    assert said.body == TemplateBody(name="spring", language="en", parameters=("Bo", "Kano"))
    assert (said.address, said.conversation_id) == (PHONE, ids.conversation_id("acme", "main", PHONE))


def test_header_and_buttons_are_filled_for_each_recipient() -> None:
    city, image = "{{ customer.fields.city }}", MediaBody(kind=MediaKind.IMAGE, url="https://acme.example/a.png")
    buttons = (ButtonValue(index=1, kind="url", value=city),)
    what = BroadcastTemplate(name="sale", language="en", header="For {{ customer.name }}", buttons=buttons)
    filled = decide(broadcast(what), Provider.META, stranger(name="Bo", fields={"city": "Kano"}), NOW)
    assert isinstance(filled, OutboundMessage)
    assert filled.body == TemplateBody(
        name="sale", language="en", header="For Bo", buttons=(ButtonValue(index=1, kind="url", value="Kano"),)
    )
    with_image = msgspec.structs.replace(what, header="", header_media=image)
    filled = decide(broadcast(with_image), Provider.META, stranger(name="Bo", fields={"city": "Kano"}), NOW)
    assert isinstance(filled, OutboundMessage)
    assert isinstance(filled.body, TemplateBody)
    assert filled.body.header_media == image
    assert decide(broadcast(what), Provider.META, stranger(name="Bo"), NOW) is SkipReason.NOT_FILLED_IN


def test_columns_go_before_stored_fields_and_stored_name_before_the_files() -> None:
    who = person(recipient={"name": "Mrs Lovelace", "fields": {"city": "Abuja"}})
    said = decide(broadcast(TEMPLATE), Provider.META, who, NOW)
    assert isinstance(said, OutboundMessage)
    assert isinstance(said.body, TemplateBody)
    assert said.body.parameters == ("Ada", "Abuja")


def test_customer_with_a_new_number_is_sent_to_it() -> None:
    new = "+2348055550199"
    moved = {"_id": ids.customer_id("acme", new), "name": "Ada", "phone": new, "fields": {"city": "Lagos"}}
    said = decide(broadcast(TEMPLATE), Provider.META, person(customer=moved, conversation=None), NOW)
    assert isinstance(said, OutboundMessage)
    assert said.address == new


def test_flow_is_started_by_a_command() -> None:
    asked = decide(broadcast(FLOW), Provider.META, person(), NOW)
    assert isinstance(asked, StartFlow)
    assert (asked.flow, asked.variables) == ("survey", {"broadcast": "spring"})
    assert first_message_id(asked) == ids.output_id(asked.id, Author.FLOW)


SHOP = Workspace.model_validate(
    {
        "workspace": "acme",
        "segments": [{"name": "all"}],
        "flows": [{"name": "survey", "version": "1"}],
        "channels": [
            {
                "id": "main",
                "provider": "meta",
                "address": "+2347000000001",
                "key": "meta:1",
                "account": "meta:2",
                "settings": {},
                "secrets": {},
            }
        ],
    }
)
STOPPED = StoppedChannel(
    workspace="acme",
    channel="main",
    provider="meta",
    credential="one",
    since=NOW,
    error={"code": "190", "title": "The access token has expired."},
)
WRONG: list[tuple[str, Broadcast, tuple[StoppedChannel, ...], str]] = [
    ("no such channel", broadcast(channel="tw"), (), "no channel 'tw'; there are: main"),
    ("a stopped channel", broadcast(), (STOPPED,), "main is stopped: 190 The access token"),
    ("no such segment", broadcast(segment="vip"), (), "no segment 'vip'; there are: all"),
    ("no such flow", broadcast(BroadcastFlow(flow="quiz")), (), "no flow 'quiz'; there are: survey"),
    ("no rate", broadcast(rate=0.0), (), "the rate must be"),
    ("too fast", broadcast(rate=501.0), (), "the rate must be"),
    ("no share", broadcast(most_failures=1.5), (), "the share of failures"),
    ("a price in words", broadcast(price="cheap"), (), "'cheap' is not a number"),
    ("a price below nothing", broadcast(price="-1"), (), "'-1' is not an amount"),
    ("an open bracket", broadcast(BroadcastText(text="Hi {{ customer.name")), (), "has no `}}`"),
    ("an unknown field", broadcast(BroadcastText(text="Hi {{ customer.nam }}")), (), "`customer.nam` is not known"),
    ("nothing of the customer's", broadcast(BroadcastText(text="{{ order.total }}")), (), "`order.total` is not known"),
    ("no text", broadcast(BroadcastText(text="  ")), (), "the text is empty"),
    ("a long text", broadcast(BroadcastText(text="word " * 1000)), (), "too long for one message"),
    ("a template without a name", broadcast(BroadcastTemplate(name=" ", language="en")), (), "no name"),
]


@pytest.mark.parametrize(("one", "stopped", "said"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_problem_is_found_before_the_start(one: Broadcast, stopped: tuple[StoppedChannel, ...], said: str) -> None:
    (found,) = problems(one, SHOP, stopped)
    assert said in found


@pytest.mark.parametrize("what", [TEXT, TEMPLATE, FLOW])
def test_valid_broadcast_has_no_problem(what: BroadcastContent) -> None:
    assert problems(broadcast(what, price="0.0215"), SHOP) == []
