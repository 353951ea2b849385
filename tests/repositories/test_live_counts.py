"""Conversations and new customers of a short period; each number has exactly as many entries in its list."""

from datetime import timedelta

import msgspec
import pytest

from shared.domain.statistics import LiveMeasure
from shared.repositories.counted_items import CountedItem
from shared.repositories.customers import Customers
from shared.repositories.inbound import InboundMessages
from shared.repositories.live_counts import LiveCounts
from shared.storage.mongo import Mongo
from tests.repositories.builders import NOW, inbound, later
from tests.repositories.test_statistics import DAY


async def wrote(mongo: Mongo, conversation: str, number: int, channel: str = "main") -> None:
    message = msgspec.structs.replace(inbound(number), conversation_id=conversation, channel=channel)
    await InboundMessages(mongo, "acme").add(message, turn=number, decision="faq", routed_at=NOW)


async def listed(mongo: Mongo, measure: LiveMeasure) -> list[CountedItem]:
    counts, found, before = LiveCounts(mongo, "acme"), [], None
    while page := await counts.page(measure, *DAY, before=before, limit=2):
        found += page
        before = (page[-1].at, page[-1].id)
    return found


async def test_conversations_are_counted_once_however_much_was_said(mongo: Mongo) -> None:
    for number, conversation in enumerate(("c1", "c2", "c1", "c3", "c1"), 1):
        await wrote(mongo, conversation, number, channel="shop" if conversation == "c3" else "main")
    counts = LiveCounts(mongo, "acme")
    assert await counts.conversations(*DAY) == 3
    assert await counts.conversations(*DAY, channels=("shop",)) == 1
    assert await counts.conversations(DAY[1], DAY[1] + timedelta(days=1)) == 0
    found = await listed(mongo, LiveMeasure.CONVERSATIONS)
    assert [(one.conversation_id, one.at) for one in found] == [("c1", later(5)), ("c3", later(4)), ("c2", later(2))]


@pytest.mark.parametrize("known", [0, 1, 5])
async def test_new_customers_are_those_first_known_of_in_the_period(mongo: Mongo, known: int) -> None:
    customers = Customers(mongo, "acme")
    for number in range(known):
        await customers.record_contact(f"customer-{number}", inbound(number), later(number))
    await customers.record_contact("later", inbound(known), DAY[1] + timedelta(hours=1))
    found = await listed(mongo, LiveMeasure.NEW_CUSTOMERS)
    assert await LiveCounts(mongo, "acme").new_customers(*DAY) == known == len({one.customer for one in found})
