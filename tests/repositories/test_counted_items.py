"""The lists behind the statistics: each has exactly as many entries as its number says."""

import random
from collections import Counter

import msgspec
import pytest

from shared.domain.conversation import ChangeKind, OrderPlaced
from shared.domain.statistics import Key, Measure
from shared.messages.inbound import Status
from shared.messages.outbound import Author
from shared.repositories.ai_calls import AiCalls
from shared.repositories.conversation_changes import ConversationChanges
from shared.repositories.counted_items import LISTED, CountedItem, CountedItems
from shared.repositories.orders import Orders
from shared.repositories.statistics import Statistics
from shared.storage.mongo import Mongo
from tests.repositories.builders import NOW, later
from tests.repositories.samples import CALL
from tests.repositories.test_statistics import DAY, changed, receive, send


async def listed(mongo: Mongo, measure: Measure, label: str | None, **options: object) -> list[CountedItem]:
    """Read a whole list, seven entries at a time."""
    items, found, before = CountedItems(mongo, "acme"), [], None
    while page := await items.page(measure, label, *DAY, before=before, limit=7, **options):  # type: ignore[arg-type]
        found += page
        before = (page[-1].at, page[-1].id)
    return found


async def test_every_number_has_its_list(mongo: Mongo) -> None:
    rng = random.Random(11)
    changes = ConversationChanges(mongo, "acme")
    kinds = list(ChangeKind)
    for number in range(1, 60):
        await receive(mongo, number * 60, rng.choice(["faq", "ai", "ai: no FAQ", "flow: x"]))
        reached = rng.choice([None, Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED])
        await send(mongo, number * 60, reached, rng.choice(list(Author)))
        kind = rng.choice(kinds)
        more = {"by": rng.choice(["=ann", "=bob"])} if kind in (ChangeKind.TAKEN, ChangeKind.ANSWERED) else {}
        detail = (
            {"detail": rng.choice(["order item left", "order done finished"])} if kind is ChangeKind.FLOW_ENDED else {}
        )
        waited = {"waited": rng.choice([5, 30, 31, 61, 100_000])} if kind is ChangeKind.ANSWERED else {}
        change = changed(kind, **more, **detail, **waited)
        await changes.add(f"cause-{number}", "c1", number, [change], later(number * 60))
    await AiCalls(mongo, "acme").add(msgspec.structs.replace(CALL, finished_at=NOW, outcome="answered"))
    order = OrderPlaced(id="o1", number="K7", lines=(), total="9.50", currency="EUR")
    await Orders(mongo, "acme").place(order, "u1", "c1", NOW)
    counts: Counter[Key] = Counter()
    for quarter in (await Statistics(mongo, "acme").count(*DAY)).values():
        counts.update({Key(key.measure, key.label): number for key, number in quarter.items()})
    assert {key.measure for key in counts} > {Measure.FAILED, Measure.WAITED, Measure.FLOWS_ENDED, Measure.ORDERS}
    for key, number in counts.items():
        if key.measure in LISTED:
            found = await listed(mongo, key.measure, key.label)
            assert (len({one.id for one in found}), len(found)) == (number, number), key
            if key.measure is not Measure.WAITED:
                assert {one.label for one in found} == {key.label}, key
            assert found == sorted(found, key=lambda one: (one.at, one.id), reverse=True)
    all_sent = await listed(mongo, Measure.SENT, None)
    assert len(all_sent) == sum(number for key, number in counts.items() if key.measure is Measure.SENT)


@pytest.mark.parametrize(("channel", "there"), [("main", 1), ("other", 0)])
async def test_list_is_of_a_channel(mongo: Mongo, channel: str, there: int) -> None:
    await receive(mongo, 1)
    assert len(await listed(mongo, Measure.RECEIVED, "faq", channels=(channel,))) == there
