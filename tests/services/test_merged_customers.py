"""Delivery, models, broadcasts and imports treat merged customers as one."""

from shared.domain import ids
from shared.domain.broadcast import Broadcast, Recipient, RecipientState, recipient_id
from shared.messages.broadcast_content import BroadcastText
from shared.messages.content import System
from shared.messages.inbound import InboundMessage, Provider
from shared.messages.outbound import OutboundMessage
from shared.operations.broadcasts.decide import SkipReason, decide
from shared.operations.broadcasts.profiles import RecipientProfile, RecipientProfiles
from shared.operations.customers.importer import ParsedCustomers, write_customers
from shared.operations.customers.rows import CustomerRow
from shared.repositories.broadcast_recipients import BroadcastRecipients, RecipientUpdate
from shared.repositories.conversation_history import ConversationHistories
from shared.repositories.customer_merges import CustomerMerges
from shared.repositories.customers import Customers
from shared.repositories.erasure_guard import ErasureGuard
from tests.services.builders import NOW
from tests.services.identity_builders import BY_PHONE, BY_USER, HOURS, NEW_PHONE, PHONE, USER, WHERE, IngressAndRouter


async def merge_two_customers(business: IngressAndRouter) -> InboundMessage:
    """A customer by number, one by user id who opted out, and then both are one."""
    await business.write(HOURS, phone=PHONE)
    await business.write("STOP", user=USER)
    return await business.write(WHERE, phone=PHONE, user=USER)


async def test_window_is_open_for_messages_waiting_in_the_merged_conversation(business: IngressAndRouter) -> None:
    both = await merge_two_customers(business)
    assert await business.conversations.last_inbound_at(BY_USER) == both.created_at


async def test_model_asked_in_the_merged_conversation_gets_the_whole_history(business: IngressAndRouter) -> None:
    await merge_two_customers(business)
    history = await ConversationHistories(business.mongo, "acme").read(BY_USER, "nobody", turn=1, limit=9)
    assert [one.text for one in history.inbound] == [HOURS, "STOP"]
    assert history.customer is not None
    assert history.conversation is not None
    assert history.conversation.id == BY_PHONE


BROADCAST = Broadcast(
    id="b1",
    workspace="acme",
    name="spring",
    channel="main",
    what=BroadcastText(text="Spring!"),
    created_at=NOW,
    by="u9",
)


async def recipients_of_both_identities(business: IngressAndRouter, *reached: RecipientState) -> list[RecipientProfile]:
    """The recipients of a broadcast that lists the customer under both identities, made before they were one."""
    recipients = [
        Recipient(
            id=recipient_id("b1", ids.customer_id("acme", one)), customer_id=ids.customer_id("acme", one), identity=one
        )
        for one in (PHONE, f"bsuid:{USER}")
    ]
    made = BroadcastRecipients(business.mongo, "acme")
    await made.add("b1", recipients)
    for recipient, now in zip(recipients, reached, strict=False):
        await made.update([RecipientUpdate(id=recipient.id, was=RecipientState.PENDING, reached=now)], NOW)
    people = RecipientProfiles(business.mongo, ErasureGuard(business.mongo, business.clock))
    return await people.read(BROADCAST, recipients)


async def test_customer_listed_twice_gets_a_broadcast_once(business: IngressAndRouter) -> None:
    await business.write(HOURS, phone=PHONE)
    await business.write(HOURS, user=USER)
    await business.write(WHERE, phone=PHONE, user=USER)
    by_number, by_user_id = await recipients_of_both_identities(business)
    asked = [decide(BROADCAST, Provider.META, one, business.clock.now()) for one in (by_number, by_user_id)]
    assert isinstance(asked[0], OutboundMessage)
    assert (asked[0].conversation_id, asked[1]) == (BY_PHONE, SkipReason.TWICE)


async def test_broadcast_is_not_sent_again_to_the_other_identity_of_a_customer(business: IngressAndRouter) -> None:
    await business.write(HOURS, phone=PHONE)
    await business.write(HOURS, user=USER)
    await business.write(WHERE, phone=PHONE, user=USER)
    by_number, by_user_id = await recipients_of_both_identities(business, RecipientState.PENDING, RecipientState.QUEUED)
    assert (by_number.twice, by_user_id.twice) == (True, False)


async def test_opt_out_under_one_identity_stops_broadcasts_to_the_other(business: IngressAndRouter) -> None:
    await merge_two_customers(business)
    for person in await recipients_of_both_identities(business):
        assert isinstance(decide(BROADCAST, Provider.META, person, business.clock.now()), SkipReason)


async def test_imported_file_with_both_identities_merges_customers(business: IngressAndRouter) -> None:
    await business.write(HOURS, phone=PHONE)
    await business.write("STOP", user=USER)
    row = CustomerRow(phone=PHONE, bsuid=USER, name="Ada")
    found = ParsedCustomers(header=["phone", "bsuid", "name"], rows=[row], rejects=[], erased=[])
    for _ in range(2):
        await write_customers(
            Customers(business.mongo, "acme"),
            "acme",
            found,
            business.clock.now(),
            dry_run=False,
            merges=CustomerMerges(business.mongo, "acme"),
        )
    customer = await business.only_customer()
    assert (customer["name"], customer["opted_out"], customer["phone"]) == ("Ada", True, PHONE)
    await business.write(WHERE, user=USER)
    assert [one.id for one in await business.open_conversations()] == [BY_PHONE]


async def test_number_identifies_its_current_owner(business: IngressAndRouter) -> None:
    await business.write(HOURS, phone=PHONE, user=USER)
    await business.write(System(kind="user_changed_number", new_address=NEW_PHONE), phone=PHONE, user=USER)
    await business.write(WHERE, phone=PHONE)
    customers = Customers(business.mongo, "acme")
    owners = await customers.ids_by_identity([PHONE, NEW_PHONE])
    assert owners[NEW_PHONE] == ids.customer_id("acme", PHONE)
    assert owners[PHONE] not in ("", ids.customer_id("acme", PHONE))
    recipient = Recipient(id="r1", customer_id=owners[PHONE], identity=PHONE)
    people = RecipientProfiles(business.mongo, ErasureGuard(business.mongo, business.clock))
    (person,) = await people.read(BROADCAST, [recipient])
    assert person.conversation is not None
    assert person.conversation.address == PHONE
