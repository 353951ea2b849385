"""A contact card links a customer's phone number to the user id only if the customer shared their own."""

import msgspec
import pytest

from shared.messages.content import Contacts
from shared.providers.meta import wire
from shared.providers.meta.content import content_of
from shared.repositories.customers import Customers
from shared.repositories.inbound import InboundMessages
from tests.services.builders import NOW
from tests.services.identity_builders import HOURS, NEW_PHONE, PHONE, USER, WHERE, IngressAndRouter


def card(number: str = PHONE, origin: str = "contact_request", **more: object) -> dict[str, object]:
    """An address-book card as Meta sends one."""
    phones = [{"phone": number, "wa_id": number[1:], "type": "CELL"}]
    return {"name": {"formatted_name": "Ada"}, "phones": phones, "origin": origin, **more}


def cards(*given: dict[str, object], context: dict[str, object] | None = None) -> Contacts:
    """The content of a message with these cards, as the adapter reads it."""
    message = wire.Message(
        id="wamid.c",
        timestamp="1",
        type="contacts",
        from_user_id=USER,
        contacts=msgspec.Raw(msgspec.json.encode(given)),
        context=msgspec.convert(context, wire.Context) if context else None,
    )
    content = content_of(message)
    assert isinstance(content, Contacts)
    return content


@pytest.mark.parametrize("known_by_number", [True, False], ids=["a customer's number", "a new number"])
async def test_customer_who_shares_a_requested_number_is_known_by_both_identities(
    business: IngressAndRouter, known_by_number: bool
) -> None:
    if known_by_number:
        await business.write("STOP", phone=PHONE)
    await business.write(HOURS, user=USER)
    for _ in range(2):
        await business.write(cards(card()), user=USER)
    customer = await business.only_customer()
    assert customer["identities"] == sorted([PHONE, f"bsuid:{USER}"])
    assert (customer["phone"], customer["opted_out"]) == (PHONE, known_by_number)
    await business.write(WHERE, phone=PHONE)
    assert len(await business.open_conversations()) == 1
    assert (
        len(
            await InboundMessages(business.mongo, "acme").last_messages(
                (await business.open_conversations())[0].id, up_to_turn=99, limit=99
            )
        )
        == business.number
    )


UNTRUSTED_CARDS = {
    "a card from the address book": cards(card(origin="other")),
    "a card that says nothing of where it is from": cards({"phones": card()["phones"]}),
    "one that answers a message of ours": cards(card(origin="other"), context={"id": "out.1"}),
    "two cards": cards(card(), card(NEW_PHONE)),
    "another user's card": cards(card(user_id="NG.77")),
    "a forwarded one": cards(card(), context={"forwarded": True}),
}


@pytest.mark.parametrize("content", UNTRUSTED_CARDS.values(), ids=UNTRUSTED_CARDS.keys())
@pytest.mark.parametrize("known", [True, False], ids=["known", "not known yet"])
async def test_contact_card_of_another_person_links_no_identities(
    business: IngressAndRouter, content: Contacts, known: bool
) -> None:
    if known:
        await business.write("STOP", phone=PHONE)
    await business.write(content, user=USER)
    await business.write(HOURS, phone=PHONE)
    people = {one["phone"]: one async for one in Customers(business.mongo, "acme").stream(None, NOW)}
    assert people.keys() == {PHONE, ""}
    assert people[""]["identities"] == [f"bsuid:{USER}"]
    assert (people[PHONE]["opted_out"], people[""]["opted_out"]) == (known, False)


async def test_shared_number_of_another_user_id_links_no_identities(business: IngressAndRouter) -> None:
    await business.write("STOP", phone=PHONE, user="NG.7")
    await business.write(cards(card()), user=USER)
    people = [one async for one in Customers(business.mongo, "acme").stream(None, NOW)]
    assert sorted(one["bsuid"] for one in people) == [USER, "NG.7"]
