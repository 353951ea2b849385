"""A small webhook that is spoilt, or huge in number, costs little: few dead letters, small batches, nothing lost."""

import json
from collections import Counter
from typing import Any
from urllib.parse import urlencode

import pytest

from devtools.cli.replay import Replayer, ReplayRefused
from services.ingress import dead_letters
from services.ingress.dead_letters import reread
from shared.clock import FixedClock
from shared.kafka.brokers import Brokers
from shared.maintenance.operator import Operator
from shared.messages.dead_letters import DeadLetter, DeadLetterReason
from shared.messages.inbound import InboundMessage, Provider
from shared.operations.dead_letters.reader import DeadLetterEntry
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
async def desk(mongo: Mongo, redis: Redis, clock: FixedClock) -> Intake:
    desk = Intake(mongo, redis, clock)
    await desk.apply(workspace("acme", 11))
    return desk


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
    "messages for nobody": webhook({"messaging_product": "x" * 4000, "messages": [text(1)] * MANY}),
    "values": webhook(*[1] * MANY, account="1" * 1000),
    "changes": json.dumps(
        {"object": "whatsapp_business_account", "entry": [{"id": "1" * 1000, "changes": [1] * MANY}]}
    ).encode(),
    "entries": json.dumps({"object": "whatsapp_business_account", "entry": [1] * MANY}).encode(),
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
async def test_ten_thousand_broken_items_make_few_small_letters_and_all_can_be_read_again(
    desk: Intake, body: bytes
) -> None:
    counter = metrics.DEAD_LETTERS.labels("ingress", DeadLetterReason.MALFORMED_ITEM)
    before = counter._value.get()
    assert await desk.meta(body) == 200
    assert len(desk.kafka.letters) <= 3
    assert counter._value.get() - before == MANY, "alerts go by what was not answered, not by letters"
    assert desk.kafka.size < 2 * len(body) + 100_000
    again = desk.reread()
    assert Counter(type(item) for item in again) == {MalformedItem: MANY}
    assert Counter((item.recipient, item.reason) for item in again if isinstance(item, MalformedItem)) == Counter(
        (item.recipient, item.reason) for item in meta.parse(body) if isinstance(item, MalformedItem)
    )
    assert all(
        letter.reason is DeadLetterReason.MALFORMED_ITEM and len(letter.detail) < 2000 for letter in desk.kafka.letters
    )


async def test_a_letter_for_many_brings_back_exactly_the_broken_ones_when_they_can_be_read(desk: Intake) -> None:
    """Each with its own contact, in order; the good ones were taken in at once and do not come a second time."""
    senders = [f"23480300000{number:02d}" for number in range(6)]
    messages = [text(number, sender) for number, sender in enumerate(senders)]
    for number in (1, 3, 4):
        messages[number]["timestamp"] = "soon"
    contacts = [contact(f"Ada {number}", sender) for number, sender in enumerate(senders)]
    assert await desk.meta(webhook(of_number(OURS, messages=messages, contacts=contacts))) == 200
    (letter,) = desk.kafka.letters
    accepted = [message for message in desk.kafka.messages if isinstance(message, InboundMessage)]
    assert [message.provider_message_id for message in accepted] == ["wamid.0", "wamid.2", "wamid.5"]
    mended = letter.payload.replace(b'"soon"', b'"1739321024"')
    again = meta.parse(mended)
    assert [(item.provider_message_id, item.sender.name) for item in again if isinstance(item, ParsedMessage)] == [
        ("wamid.1", "Ada 1"),
        ("wamid.3", "Ada 3"),
        ("wamid.4", "Ada 4"),
    ]
    assert len(again) == 3


async def test_broken_items_of_two_workspaces_stay_apart(desk: Intake) -> None:
    await desk.apply(workspace("bob", 12))
    values = [of_number(number, messages=[{}, {}]) for number in (OURS, phone_number_id(12), OURS, "9")]
    assert await desk.meta(webhook(*values)) == 200
    found = {letter.workspace: len(reread(letter, desk.clock.now())[1]) for letter in desk.kafka.letters}
    assert found == {"acme": 4, "bob": 2, "-": 2}


async def test_a_webhook_that_comes_again_makes_the_same_letters(desk: Intake) -> None:
    body = webhook(of_number(OURS, messages=[{}] * 500, contacts=[contact("A" * 4000)]))
    for _ in range(2):
        assert await desk.meta(body) == 200
    assert len({letter.id for letter in desk.kafka.letters}) == 1


async def test_broken_items_of_megabytes_are_split_over_letters_that_fit(desk: Intake) -> None:
    broken = [{"type": "text", "text": {"body": "x" * 350_000}, "nr": number} for number in range(10)]
    assert await desk.meta(webhook(of_number(OURS, messages=broken))) == 200
    assert all(letter.reason is DeadLetterReason.MALFORMED_ITEM for letter in desk.kafka.letters)
    assert len(desk.reread()) == 10
    assert max(len(record.value) for record in desk.kafka.records) < 2 << 20


async def test_thousands_of_unknown_recipients_make_few_dead_letters_and_few_look_ups(desk: Intake) -> None:
    values = [of_number(f"88{number:013d}", messages=[text(number)]) for number in range(5000)]
    before = metrics.LOOKUPS.labels("mongodb")._value.get()
    assert await desk.meta(webhook(*values)) == 200
    assert metrics.LOOKUPS.labels("mongodb")._value.get() - before < 50
    assert len(desk.kafka.letters) <= 3
    again = [item.provider_message_id for item in desk.reread() if isinstance(item, ParsedMessage)]
    assert again == [f"wamid.{number}" for number in range(5000)]


async def test_thousands_of_events_of_unknown_accounts_too(desk: Intake) -> None:
    entries = [
        {"id": f"99{number:011d}", "time": number, "changes": [{"field": "account_update", "value": {"event": "x"}}]}
        for number in range(5000)
    ]
    body = json.dumps({"object": "whatsapp_business_account", "entry": entries}).encode()
    before = metrics.LOOKUPS.labels("mongodb")._value.get()
    assert await desk.meta(body) == 200
    assert metrics.LOOKUPS.labels("mongodb")._value.get() - before < 50
    assert len(desk.kafka.letters) <= 3
    assert len(desk.reread()) == 5000


async def test_good_items_go_out_in_batches_and_in_order(desk: Intake) -> None:
    assert await desk.meta(webhook(of_number(OURS, messages=[text(number) for number in range(MANY)]))) == 200
    assert max(len(batch) for batch in desk.kafka.batches) <= 500
    assert [message.provider_message_id for message in desk.kafka.messages] == [f"wamid.{n}" for n in range(MANY)]


async def test_it_is_accepted_only_when_the_last_batch_is_in_kafka(desk: Intake) -> None:
    desk.kafka.fails_at = 3
    assert await desk.meta(webhook(of_number(OURS, messages=[text(number) for number in range(2000)]))) == 503
    desk.kafka.fails_at = None
    assert await desk.meta(webhook(of_number(OURS, messages=[text(number) for number in range(2000)]))) == 200
    assert len({message.id for message in desk.kafka.messages}) == 2000


async def test_one_contacts_long_name_is_not_multiplied(desk: Intake) -> None:
    body = webhook(of_number(OURS, messages=[text(n) for n in range(1000)], contacts=[contact("A" * 1_000_000)]))
    assert await desk.meta(body) == 200
    assert desk.kafka.size < 3_000_000


@pytest.mark.parametrize("field", ["Body", "ProfileName", "ReferralHeadline", "Other"])
async def test_a_long_form_of_twilio_is_not_multiplied_by_its_media(desk: Intake, field: str) -> None:
    form = {
        "AccountSid": account_sid(11),
        "To": f"whatsapp:{twilio_number(11)}",
        "From": f"whatsapp:+{SENDER}",
        "MessageSid": "SM1",
        "ReferralSourceId": "77",
        **{f"MediaUrl{number}": f"https://api.twilio.com/{number}" for number in range(100)},
        field: "x" * 100_000,
    }
    assert await desk.twilio(urlencode(form).encode(), form, "acme") == 200
    assert len(desk.kafka.messages) == 100
    assert desk.kafka.size < 1_000_000


async def test_broken_items_of_msg91_make_one_letter(desk: Intake) -> None:
    items = msg91.parse(json.dumps([{"customerNumber": SENDER}] * msg91.MAX_ITEMS).encode(), "+1", desk.clock.now())
    await desk.acceptor.accept(Provider.MSG91, items, path="/webhooks/msg91/1", only="acme")
    (letter,) = desk.kafka.letters
    provider, again = reread(letter, desk.clock.now())
    assert (provider, len(again), {type(item) for item in again}) == (Provider.MSG91, msg91.MAX_ITEMS, {MalformedItem})


async def test_letters_of_a_flood_are_all_written_but_not_all_logged(
    desk: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    monkeypatch.setattr(dead_letters.log, "warning", lambda event, **_: lines.append(event))
    for number in range(200):
        assert await desk.meta(webhook(of_number(OURS, messages=[{"nr": number}]))) == 200
    assert len(desk.kafka.letters) == 200
    assert len(lines) == 61
    assert "not logged" in lines[-1]
    desk.clock.advance(60)
    assert await desk.meta(webhook(of_number(OURS, messages=[{"nr": 200}]))) == 200
    assert len(lines) == 62


def test_an_entry_of_another_account_stays_one() -> None:
    """Joined entries keep their accounts."""
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


async def test_a_replay_brings_back_of_many_what_can_be_and_leaves_a_letter_for_the_rest(
    desk: Intake, mongo: Mongo
) -> None:
    mine, theirs = phone_number_id(12), phone_number_id(13)
    values = [of_number(number, messages=[text(nr)]) for nr, number in enumerate((mine, theirs, mine, theirs))]
    assert await desk.meta(webhook(*values)) == 200
    (letter,) = desk.kafka.letters
    assert letter.detail == f"no workspace owns meta {mine} (2), meta {theirs} (2): 4 messages"
    replayer = Replayer(
        Operator(mongo), mongo, desk.directory, desk.kafka, desk.clock, Brokers("127.0.0.1:9"), "operator"
    )
    desk.clock.advance(5)
    with pytest.raises(ReplayRefused, match=f"still no workspace owns meta {mine}"):
        await replayer.replay(_entry(letter), letter, again=False)

    await desk.apply(workspace("bob", 12))
    desk.clock.advance(5)
    said = await replayer.replay(_entry(letter), letter, again=False)
    assert said == "accepted by ingress anew, but for 2 of 4 items, which have a new dead letter"
    accepted = [message for message in desk.kafka.messages if isinstance(message, InboundMessage)]
    assert [(one.workspace, one.provider_message_id) for one in accepted] == [("bob", "wamid.0"), ("bob", "wamid.2")]
    rest = desk.kafka.letters[-1]
    assert [item.provider_message_id for item in reread(rest, desk.clock.now())[1]] == ["wamid.1", "wamid.3"]  # type: ignore[union-attr]

    await desk.apply(workspace("carol", 13))
    desk.clock.advance(5)
    assert await replayer.replay(_entry(rest), rest, again=False) == "accepted by ingress anew"


def _entry(letter: DeadLetter) -> DeadLetterEntry:
    return DeadLetterEntry(letter.id, letter.reason, letter.workspace, "ingress", "", written=(letter.created_at,))
