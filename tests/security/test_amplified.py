"""Webhooks with many broken items make few dead letters and small batches, and lose nothing."""

import json
from collections import Counter
from typing import Any
from urllib.parse import urlencode

import pytest

from devtools.cli.webhook_replay import IngressReplay
from services.ingress.dead_letters import reread
from shared.clock import FixedClock
from shared.domain.record_age import is_too_old
from shared.kafka import dead_letter_log
from shared.messages.dead_letters import DeadLetter, DeadLetterReason
from shared.messages.inbound import InboundMessage, Provider
from shared.operations.dead_letters.reader import DeadLetterEntry
from shared.operations.dead_letters.replayer import Replayer, ReplayRefused
from shared.providers.meta import webhook as meta
from shared.providers.msg91 import webhook as msg91
from shared.providers.port import MalformedItem, ParsedMessage
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.telemetry import metrics
from tests.security.endpoint import account_sid, phone_number_id, twilio_number, waba_id, workspace
from tests.security.intake import Intake, of_number, webhook

OURS = phone_number_id(11)
SENDER = "2348030000001"
MANY = meta.MAX_ITEMS


@pytest.fixture
async def intake(mongo: Mongo, redis: Redis, clock: FixedClock) -> Intake:
    intake = Intake(mongo, redis, clock)
    await intake.apply(workspace("acme", 11))
    return intake


def contact(name: str, sender: str = SENDER) -> dict[str, Any]:
    return {"profile": {"name": name}, "wa_id": sender}


def text(number: int, sender: str = SENDER) -> dict[str, Any]:
    return {
        "from": sender,
        "id": f"wamid.{number}",
        "timestamp": "1739321024",
        "type": "text",
        "text": {"body": f"message {number}"},
    }


BROKEN = {
    "messages": webhook(of_number(OURS, messages=[{}] * MANY, contacts=[contact("A" * 4000)])),
    "statuses": webhook(of_number(OURS, statuses=[{}] * MANY, contacts=[contact("A" * 4000)])),
    "numbers of messages": webhook(of_number(OURS, messages=[1] * MANY, contacts=[contact("A" * 4000)])),
    "echoes": webhook(of_number(OURS, message_echoes=[{}] * MANY, contacts=[contact("A" * 4000)])).replace(
        b'"field":"messages"', b'"field":"smb_message_echoes"'
    ),
    "preferences": webhook(of_number(OURS, user_preferences=[1] * MANY, contacts=[contact("A" * 4000)])).replace(
        b'"field":"messages"', b'"field":"user_preferences"'
    ),
    "messages without a recipient": webhook({"messaging_product": "x" * 4000, "messages": [text(1)] * MANY}),
    "values": webhook(*[1] * MANY, account="1" * 1000),
    "changes": json.dumps(
        {"object": "whatsapp_business_account", "entry": [{"id": "1" * 1000, "changes": [1] * MANY}]}
    ).encode(),
    "entries": json.dumps({"object": "whatsapp_business_account", "entry": [1] * MANY}).encode(),
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
async def test_thousands_of_broken_items_make_few_small_dead_letters(intake: Intake, body: bytes) -> None:
    counter = metrics.DEAD_LETTERS.labels("ingress", DeadLetterReason.MALFORMED_ITEM)
    before = counter._value.get()
    assert await intake.meta(body) == 200
    assert len(intake.kafka.letters) <= 3
    assert counter._value.get() - before == MANY, "the metric counts items, not dead letters"
    assert intake.kafka.size < 2 * len(body) + 100_000
    again = intake.reread()
    assert Counter(type(item) for item in again) == {MalformedItem: MANY}
    assert Counter((item.recipient, item.reason) for item in again if isinstance(item, MalformedItem)) == Counter(
        (item.recipient, item.reason) for item in meta.parse(body) if isinstance(item, MalformedItem)
    )
    assert all(
        letter.reason is DeadLetterReason.MALFORMED_ITEM and len(letter.detail) < 2000
        for letter in intake.kafka.letters
    )


async def test_shared_dead_letter_brings_back_exactly_its_items(intake: Intake) -> None:
    """Each item keeps its contact and the order; valid items were accepted before and are not repeated."""
    senders = [f"23480300000{number:02d}" for number in range(6)]
    messages = [text(number, sender) for number, sender in enumerate(senders)]
    for number in (1, 3, 4):
        messages[number]["timestamp"] = "soon"
    contacts = [contact(f"Ada {number}", sender) for number, sender in enumerate(senders)]
    assert await intake.meta(webhook(of_number(OURS, messages=messages, contacts=contacts))) == 200
    (letter,) = intake.kafka.letters
    accepted = [message for message in intake.kafka.messages if isinstance(message, InboundMessage)]
    assert [message.provider_message_id for message in accepted] == ["wamid.0", "wamid.2", "wamid.5"]
    mended = letter.payload.replace(b'"soon"', b'"1739321024"')
    again = meta.parse(mended)
    assert [(item.provider_message_id, item.sender.name) for item in again if isinstance(item, ParsedMessage)] == [
        ("wamid.1", "Ada 1"),
        ("wamid.3", "Ada 3"),
        ("wamid.4", "Ada 4"),
    ]
    assert len(again) == 3


async def test_broken_items_of_two_workspaces_have_separate_dead_letters(intake: Intake) -> None:
    await intake.apply(workspace("bob", 12))
    values = [of_number(number, messages=[{}, {}]) for number in (OURS, phone_number_id(12), OURS, "9")]
    assert await intake.meta(webhook(*values)) == 200
    found = {letter.workspace: len(reread(letter, intake.clock.now())[1]) for letter in intake.kafka.letters}
    assert found == {"acme": 4, "bob": 2, "-": 2}


async def test_redelivered_webhook_makes_the_same_dead_letters(intake: Intake) -> None:
    body = webhook(of_number(OURS, messages=[{}] * 500, contacts=[contact("A" * 4000)]))
    for _ in range(2):
        assert await intake.meta(body) == 200
    assert len({letter.id for letter in intake.kafka.letters}) == 1


async def test_large_broken_items_are_split_over_dead_letters(intake: Intake) -> None:
    broken = [{"type": "text", "text": {"body": "x" * 350_000}, "nr": number} for number in range(10)]
    assert await intake.meta(webhook(of_number(OURS, messages=broken))) == 200
    assert all(letter.reason is DeadLetterReason.MALFORMED_ITEM for letter in intake.kafka.letters)
    assert len(intake.reread()) == 10
    assert max(len(record.value) for record in intake.kafka.records) < 2 << 20


async def test_thousands_of_unknown_recipients_make_few_dead_letters_and_look_ups(intake: Intake) -> None:
    values = [of_number(f"88{number:013d}", messages=[text(number)]) for number in range(5000)]
    before = metrics.LOOKUPS.labels("mongodb")._value.get()
    assert await intake.meta(webhook(*values)) == 200
    assert metrics.LOOKUPS.labels("mongodb")._value.get() - before < 50
    assert len(intake.kafka.letters) <= 3
    again = [item.provider_message_id for item in intake.reread() if isinstance(item, ParsedMessage)]
    assert again == [f"wamid.{number}" for number in range(5000)]


async def test_thousands_of_unknown_accounts_make_few_dead_letters(intake: Intake) -> None:
    entries = [
        {"id": f"99{number:011d}", "time": number, "changes": [{"field": "account_update", "value": {"event": "x"}}]}
        for number in range(5000)
    ]
    body = json.dumps({"object": "whatsapp_business_account", "entry": entries}).encode()
    before = metrics.LOOKUPS.labels("mongodb")._value.get()
    assert await intake.meta(body) == 200
    assert metrics.LOOKUPS.labels("mongodb")._value.get() - before < 50
    assert len(intake.kafka.letters) <= 3
    assert len(intake.reread()) == 5000


async def test_items_are_published_in_batches_in_order(intake: Intake) -> None:
    assert await intake.meta(webhook(of_number(OURS, messages=[text(number) for number in range(MANY)]))) == 200
    assert max(len(batch) for batch in intake.kafka.batches) <= 500
    assert [message.provider_message_id for message in intake.kafka.messages] == [f"wamid.{n}" for n in range(MANY)]


async def test_webhook_is_accepted_only_after_its_last_batch(intake: Intake) -> None:
    intake.kafka.fails_at = 3
    assert await intake.meta(webhook(of_number(OURS, messages=[text(number) for number in range(2000)]))) == 503
    intake.kafka.fails_at = None
    assert await intake.meta(webhook(of_number(OURS, messages=[text(number) for number in range(2000)]))) == 200
    assert len({message.id for message in intake.kafka.messages}) == 2000


async def test_long_contact_name_is_not_multiplied(intake: Intake) -> None:
    body = webhook(of_number(OURS, messages=[text(n) for n in range(1000)], contacts=[contact("A" * 1_000_000)]))
    assert await intake.meta(body) == 200
    assert intake.kafka.size < 3_000_000


@pytest.mark.parametrize("field", ["Body", "ProfileName", "ReferralHeadline", "Other"])
async def test_long_twilio_form_is_not_multiplied_by_its_media(intake: Intake, field: str) -> None:
    form = {
        "AccountSid": account_sid(11),
        "To": f"whatsapp:{twilio_number(11)}",
        "From": f"whatsapp:+{SENDER}",
        "MessageSid": "SM1",
        "ReferralSourceId": "77",
        **{f"MediaUrl{number}": f"https://api.twilio.com/{number}" for number in range(100)},
        field: "x" * 100_000,
    }
    assert await intake.twilio(urlencode(form).encode(), form, "acme") == 200
    assert len(intake.kafka.messages) == 100
    assert intake.kafka.size < 1_000_000


async def test_broken_msg91_items_make_one_dead_letter(intake: Intake) -> None:
    items = msg91.parse(json.dumps([{"customerNumber": SENDER}] * msg91.MAX_ITEMS).encode(), "+1", intake.clock.now())
    await intake.acceptor.accept(Provider.MSG91, items, path="/webhooks/msg91/1", only="acme")
    (letter,) = intake.kafka.letters
    provider, again = reread(letter, intake.clock.now())
    assert (provider, len(again), {type(item) for item in again}) == (Provider.MSG91, msg91.MAX_ITEMS, {MalformedItem})


async def test_dead_letters_of_a_flood_are_written_but_not_all_logged(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    monkeypatch.setattr(dead_letter_log.log, "warning", lambda event, **_: lines.append(event))
    for number in range(200):
        assert await intake.meta(webhook(of_number(OURS, messages=[{"nr": number}]))) == 200
    assert len(intake.kafka.letters) == 200
    assert len(lines) == 61
    assert "not logged" in lines[-1]
    intake.clock.advance(60)
    assert await intake.meta(webhook(of_number(OURS, messages=[{"nr": 200}]))) == 200
    assert len(lines) == 62


def test_joined_entries_keep_their_accounts() -> None:
    """Dead letters of several accounts keep the account of each entry."""
    body = json.dumps(
        {
            "object": "whatsapp_business_account",
            "entry": [
                {
                    "id": waba_id(number),
                    "time": number,
                    "changes": [1, {"field": "messages", "value": {"messages": [1]}}],
                }
                for number in (11, 12)
            ],
        }
    ).encode()
    items = [item for item in meta.parse(body) if isinstance(item, MalformedItem)]
    assert json.loads(items[0].join([item.part for item in items])) == json.loads(body)


async def test_replay_accepts_repaired_items_and_leaves_a_dead_letter_for_the_rest(
    intake: Intake, mongo: Mongo
) -> None:
    mine, theirs = phone_number_id(12), phone_number_id(13)
    values = [of_number(number, messages=[text(nr)]) for nr, number in enumerate((mine, theirs, mine, theirs))]
    assert await intake.meta(webhook(*values)) == 200
    (letter,) = intake.kafka.letters
    assert letter.detail == f"no workspace owns meta {mine} (2), meta {theirs} (2): 4 messages"
    webhooks = IngressReplay(mongo, intake.directory, intake.kafka, intake.clock)
    replayer = Replayer(mongo, intake.kafka, webhooks, intake.clock, "operator")
    intake.clock.advance(5)
    with pytest.raises(ReplayRefused, match=f"still no workspace owns meta {mine}"):
        await replayer.replay(_entry(letter), letter, again=False)

    await intake.apply(workspace("bob", 12))
    intake.clock.advance(5)
    report = await replayer.replay(_entry(letter), letter, again=False)
    assert report == "accepted by ingress, except 2 of 4 items, which have a new dead letter"
    accepted = [message for message in intake.kafka.messages if isinstance(message, InboundMessage)]
    assert [(record.workspace, record.provider_message_id) for record in accepted] == [
        ("bob", "wamid.0"),
        ("bob", "wamid.2"),
    ]
    rest = intake.kafka.letters[-1]
    assert [item.provider_message_id for item in reread(rest, intake.clock.now())[1]] == ["wamid.1", "wamid.3"]  # type: ignore[union-attr]

    await intake.apply(workspace("carol", 13))
    intake.clock.advance(9 * 86400)
    assert await replayer.replay(_entry(rest), rest, again=False) == "accepted by ingress"
    all_accepted = [message for message in intake.kafka.messages if isinstance(message, InboundMessage)]
    assert {record.created_at for record in all_accepted} == {letter.created_at} == {rest.created_at}


async def test_message_of_a_dead_letter_that_is_replayed_after_nine_days_is_not_too_old(
    intake: Intake, mongo: Mongo
) -> None:
    said = {**text(1), "timestamp": str(int(intake.clock.now().timestamp()))}
    assert await intake.meta(webhook(of_number(phone_number_id(12), messages=[said]))) == 200
    (letter,) = intake.kafka.letters
    intake.clock.advance(9 * 86400)
    await intake.apply(workspace("bob", 12))
    webhooks = IngressReplay(mongo, intake.directory, intake.kafka, intake.clock)
    await (await webhooks.prepare(letter)).accept()
    (message,) = [one for one in intake.kafka.messages if isinstance(one, InboundMessage)]
    assert not is_too_old(message)


def _entry(letter: DeadLetter) -> DeadLetterEntry:
    return DeadLetterEntry(letter.id, letter.reason, letter.workspace, "ingress", "", written=(letter.created_at,))
