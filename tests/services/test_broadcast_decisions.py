"""Decisions for each recipient of a broadcast, and problems that prevent its start: case by case."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from shared.domain import ids
from shared.domain.broadcast import Broadcast, Recipient, Variant, recipient_id, variant_of
from shared.domain.conversation import Conversation, Mode
from shared.domain.customer import customer_view
from shared.messages.broadcast_content import BroadcastContent, BroadcastFlow, BroadcastTemplate, BroadcastText
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


def profile(
    *, last_inbound: timedelta | None = timedelta(hours=1), recipient: Any = None, **values: Any
) -> RecipientProfile:
    """Return the profile of Ada, who wrote an hour ago and lives in Lagos. last_inbound: age of her last message."""
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
        last_inbound_at=NOW - last_inbound if last_inbound is not None else None,
        mode=values.pop("mode", Mode.BOT),
    )
    fields = {"id": "r1", "customer_id": ME, "identity": PHONE} | (recipient or {})
    return RecipientProfile(
        recipient=Recipient(**fields),
        customer=customer_view(customer) if customer is not None else None,
        conversation=values.pop("conversation", conversation),
        **values,
    )


def unknown_customer(**recipient: Any) -> RecipientProfile:
    return profile(customer=None, conversation=None, recipient=recipient)


FORBIDDEN: list[tuple[str, BroadcastContent, RecipientProfile, SkipReason]] = [
    ("an erased customer", TEMPLATE, profile(erased=True), SkipReason.ERASED),
    ("an opted-out customer", TEMPLATE, profile(customer={"_id": ME, "opted_out": True}), SkipReason.OPTED_OUT),
    (
        "a text 24 hours after the last message",
        TEXT,
        profile(last_inbound=timedelta(hours=24)),
        SkipReason.WINDOW_CLOSED,
    ),
    (
        "a text shortly before the window closes",
        TEXT,
        profile(last_inbound=timedelta(hours=23, minutes=56)),
        SkipReason.WINDOW_CLOSED,
    ),
    ("a text to a customer who never wrote", TEXT, profile(last_inbound=None), SkipReason.WINDOW_CLOSED),
    ("a text to an unknown customer", TEXT, unknown_customer(), SkipReason.WINDOW_CLOSED),
    ("a flow with an unknown customer", FLOW, unknown_customer(), SkipReason.WINDOW_CLOSED),
    ("a flow while an agent has the conversation", FLOW, profile(mode=Mode.HUMAN), SkipReason.WITH_A_PERSON),
    ("a user id unknown to this channel", TEMPLATE, unknown_customer(identity="bsuid:NG.1"), SkipReason.NO_ADDRESS),
    ("a missing parameter", TEMPLATE, unknown_customer(name="Bo"), SkipReason.NOT_FILLED_IN),
    ("a blank name", TEMPLATE, unknown_customer(name=" ", fields={"city": "Kano"}), SkipReason.NOT_FILLED_IN),
    ("an expression that fails", BroadcastText(text="{{ 1 / 0 }}"), profile(), SkipReason.NOT_FILLED_IN),
    ("an empty text", BroadcastText(text="{{ customer.username }}"), profile(), SkipReason.NOT_FILLED_IN),
    (
        "a text that becomes too long",
        BroadcastText(text="{{ customer.fields.essay }}" * 2),
        profile(customer={"_id": ME, "fields": {"essay": "word " * 500}}),
        SkipReason.TOO_LONG,
    ),
]


@pytest.mark.parametrize(
    ("content", "recipient", "reason"), [case[1:] for case in FORBIDDEN], ids=[case[0] for case in FORBIDDEN]
)
def test_skip_reason(content: BroadcastContent, recipient: RecipientProfile, reason: SkipReason) -> None:
    assert decide(broadcast(content), Provider.META, recipient, NOW) is reason


def test_text_is_filled_in_and_comes_last_in_its_turn() -> None:
    message = decide(broadcast(), Provider.META, profile(), NOW)
    assert isinstance(message, OutboundMessage)
    assert message.body == TextBody(body="Spring is here, Ada!")
    assert (message.author, message.turn, message.address) == (Author.BROADCAST, 3, PHONE)
    assert message.index > 1000
    assert first_message_id(message) == message.id


def test_repeated_decision_makes_the_same_message() -> None:
    first, later = (decide(broadcast(), Provider.META, profile(), at) for at in (NOW, NOW + timedelta(hours=2)))
    other = decide(broadcast(), Provider.META, profile(recipient={"id": "r2"}), NOW)
    assert isinstance(first, OutboundMessage)
    assert isinstance(later, OutboundMessage)
    assert isinstance(other, OutboundMessage)
    assert (first.id, first.correlation_id) == (later.id, later.correlation_id)
    assert other.id != first.id


def test_template_is_sent_to_an_unknown_customer_with_the_files_columns() -> None:
    message = decide(broadcast(TEMPLATE), Provider.META, unknown_customer(name="Bo", fields={"city": "Kano"}), NOW)
    assert isinstance(message, OutboundMessage)
    assert message.body == TemplateBody(name="spring", language="en", parameters=("Bo", "Kano"))
    assert (message.address, message.conversation_id) == (PHONE, ids.conversation_id("acme", "main", PHONE))


def test_header_and_buttons_are_filled_for_each_recipient() -> None:
    city, image = "{{ customer.fields.city }}", MediaBody(kind=MediaKind.IMAGE, url="https://acme.example/a.png")
    buttons = (ButtonValue(index=1, kind="url", value=city),)
    what = BroadcastTemplate(name="sale", language="en", header="For {{ customer.name }}", buttons=buttons)
    filled = decide(broadcast(what), Provider.META, unknown_customer(name="Bo", fields={"city": "Kano"}), NOW)
    assert isinstance(filled, OutboundMessage)
    assert filled.body == TemplateBody(
        name="sale", language="en", header="For Bo", buttons=(ButtonValue(index=1, kind="url", value="Kano"),)
    )
    with_image = msgspec.structs.replace(what, header="", header_media=image)
    filled = decide(broadcast(with_image), Provider.META, unknown_customer(name="Bo", fields={"city": "Kano"}), NOW)
    assert isinstance(filled, OutboundMessage)
    assert isinstance(filled.body, TemplateBody)
    assert filled.body.header_media == image
    assert decide(broadcast(what), Provider.META, unknown_customer(name="Bo"), NOW) is SkipReason.NOT_FILLED_IN


def test_columns_go_before_stored_fields_and_stored_name_before_the_files() -> None:
    recipient = profile(recipient={"name": "Mrs Lovelace", "fields": {"city": "Abuja"}})
    message = decide(broadcast(TEMPLATE), Provider.META, recipient, NOW)
    assert isinstance(message, OutboundMessage)
    assert isinstance(message.body, TemplateBody)
    assert message.body.parameters == ("Ada", "Abuja")


def test_customer_with_a_new_number_is_sent_to_it() -> None:
    new = "+2348055550199"
    moved = {"_id": ids.customer_id("acme", new), "name": "Ada", "phone": new, "fields": {"city": "Lagos"}}
    message = decide(broadcast(TEMPLATE), Provider.META, profile(customer=moved, conversation=None), NOW)
    assert isinstance(message, OutboundMessage)
    assert message.address == new


def test_variant_of_a_comparison_follows_from_the_recipients_id() -> None:
    other = BroadcastTemplate(name="summer", language="en", parameters=("{{ customer.name }}",))
    compared = broadcast(TEMPLATE, other=other)
    names = []
    for id_ in ("0f", "7f", "80", "ff"):
        content = decide(compared, Provider.META, profile(recipient={"id": id_}), NOW)
        assert isinstance(content, OutboundMessage)
        assert isinstance(content.body, TemplateBody)
        names.append(content.body.name)
    assert names == ["spring", "spring", "summer", "summer"]


def test_variants_are_two_halves_of_all_people() -> None:
    found = [variant_of(recipient_id("b1", f"u{number}")) for number in range(1000)]
    assert 450 < found.count(Variant.A) < 550


def test_flow_is_started_by_a_command() -> None:
    command = decide(broadcast(FLOW), Provider.META, profile(), NOW)
    assert isinstance(command, StartFlow)
    assert (command.flow, command.variables) == ("survey", {"broadcast": "spring"})
    assert first_message_id(command) == ids.output_id(command.id, Author.FLOW)


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
WRONG: list[tuple[str, Broadcast, StoppedChannel | None, str]] = [
    ("an unknown channel", broadcast(channel="tw"), None, "no channel 'tw'; there are: main"),
    ("a stopped channel", broadcast(), STOPPED, "main is stopped: 190 The access token"),
    ("an unknown segment", broadcast(segment="vip"), None, "no segment 'vip'; there are: all"),
    ("an unknown flow", broadcast(BroadcastFlow(flow="quiz")), None, "no flow 'quiz'; there are: survey"),
    ("a rate of zero", broadcast(rate=0.0), None, "the rate must be"),
    ("a rate over the maximum", broadcast(rate=501.0), None, "the rate must be"),
    ("a share above one", broadcast(most_failures=1.5), None, "the share of failures"),
    ("a price that is no number", broadcast(price="cheap"), None, "'cheap' is not a number"),
    ("a negative price", broadcast(price="-1"), None, "'-1' is not an amount"),
    ("an unclosed placeholder", broadcast(BroadcastText(text="Hi {{ customer.name")), None, "has no `}}`"),
    ("an unknown field", broadcast(BroadcastText(text="Hi {{ customer.nam }}")), None, "`customer.nam` is not known"),
    (
        "a field of another object",
        broadcast(BroadcastText(text="{{ order.total }}")),
        None,
        "`order.total` is not known",
    ),
    ("a blank text", broadcast(BroadcastText(text="  ")), None, "the text is empty"),
    ("a long text", broadcast(BroadcastText(text="word " * 1000)), None, "too long for one message"),
    ("a template without a name", broadcast(BroadcastTemplate(name=" ", language="en")), None, "no name"),
]


@pytest.mark.parametrize(
    ("broadcast_", "stopped", "problem"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG]
)
def test_problem_is_found_before_the_start(broadcast_: Broadcast, stopped: StoppedChannel | None, problem: str) -> None:
    (found,) = problems(broadcast_, SHOP, stopped)
    assert problem in found


@pytest.mark.parametrize("what", [TEXT, TEMPLATE, FLOW])
def test_valid_broadcast_has_no_problem(what: BroadcastContent) -> None:
    assert problems(broadcast(what, price="0.0215"), SHOP) == []
