"""The costs of a broadcast's queries: none reads documents of recipients that it does not return, or of other
broadcasts.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256
from itertools import cycle

import pytest

from shared.domain.broadcast import RecipientState, Variant, variant_of
from shared.repositories.broadcast_recipients import COLLECTION, BroadcastRecipients, DeferredRetries
from shared.storage.mongo import Document, Mongo
from tests.profiler import profiled
from tests.repositories.builders import NOW, later

MANY = 4000  # recipients, of each of two broadcasts
LIMIT = 50
ENDS = 20  # of ranges, and seeks
REASONS = {
    RecipientState.FAILED: ("131026: It cannot be delivered.", "131049: Not delivered."),
    RecipientState.SKIPPED: ("opted_out", "window_closed"),
}
DUE = 7  # recipients whose result is due, and as many with a result
HELD_OFF = 3

F = RecipientState.FAILED


def _stored(broadcast: str) -> list[Document]:
    states, made = cycle(RecipientState), []
    for number in range(MANY):
        reached = next(states)
        reasons = REASONS.get(reached, ("",))
        made.append(
            {
                "_id": sha256(f"{broadcast}{number}".encode()).hexdigest(),
                "workspace": "acme",
                "broadcast": broadcast,
                "customer_id": f"u{number}",
                "identity": f"+234{number:010}",
                "reached": reached.value,
                "reason": reasons[number // len(RecipientState) % len(reasons)],
                "look_at": later(-number) if number < DUE else later(99),
                "result_at": later(number) if number < DUE else later(-99),
                "not_before": None,
            }
        )
    for failed in [one for one in made if one["reached"] == F.value][:HELD_OFF]:
        failed["not_before"] = NOW + timedelta(days=1)
    return made


@pytest.fixture
async def recipients(mongo: Mongo) -> BroadcastRecipients:
    await mongo.collection(COLLECTION).insert_all([*_stored("b1"), *_stored("b2")])
    return BroadcastRecipients(mongo, "acme")


EACH = MANY // len(RecipientState)
Query = Callable[[BroadcastRecipients], Awaitable[object]]
COSTS: dict[str, tuple[Query, int, int]] = {  # keys and documents at most
    "counts": (lambda it: it.counts("b1"), MANY, 0),
    "counts of variants": (lambda it: it.counts_of_variants("b1"), MANY, 0),
    "in flight": (lambda it: it.in_flight("b1"), EACH, 0),
    "reasons": (lambda it: it.reasons("b1", F), EACH, 0),
    "deferred retries": (lambda it: it.deferred_retries("b1", NOW), HELD_OFF, 0),
    "due": (lambda it: it.due("b1", NOW, LIMIT), DUE, DUE),
    "next due": (lambda it: it.next_due("b1"), 1, 1),
    "results": (lambda it: it.results("b1", NOW, LIMIT), DUE, DUE),
    "pending": (lambda it: it.pending("b1", LIMIT), LIMIT, LIMIT),
    "pending of both": (lambda it: it.pending("b1", LIMIT, of_both=True), 2 * LIMIT, 2 * LIMIT),
    "page": (lambda it: it.page("b1", after="4", limit=LIMIT), LIMIT, LIMIT),
    "page of a variant": (lambda it: it.page("b1", after="", limit=LIMIT, variant=Variant.B), LIMIT, LIMIT),
    "page of a state": (lambda it: it.page("b1", after="", limit=LIMIT, reached=F), LIMIT, LIMIT),
}


@pytest.mark.parametrize(("query", "keys", "documents"), COSTS.values(), ids=COSTS)
async def test_query_examines_no_more_than_it_returns(
    mongo: Mongo, recipients: BroadcastRecipients, query: Query, keys: int, documents: int
) -> None:
    async with profiled(mongo, COLLECTION) as profile:
        await query(recipients)
    assert profile.total("keysExamined") <= keys + ENDS, profile.plans
    assert profile.total("docsExamined") <= documents, profile.plans


@pytest.mark.parametrize("query", [COSTS["counts"][0], COSTS["counts of variants"][0]], ids=["all", "of variants"])
async def test_states_are_counted_in_one_round_trip(
    mongo: Mongo, recipients: BroadcastRecipients, query: Query
) -> None:
    async with profiled(mongo, COLLECTION) as profile:
        await query(recipients)
    assert len(profile.commands) == 1


async def test_numbers_are_those_of_the_recipients(recipients: BroadcastRecipients) -> None:
    stored = _stored("b1")
    assert await recipients.counts("b1") == dict.fromkeys(RecipientState, EACH)
    of_variants = await recipients.counts_of_variants("b1")
    assert of_variants == {
        half: {
            state: sum(one["reached"] == state.value and variant_of(one["_id"]) is half for one in stored)
            for state in RecipientState
        }
        for half in Variant
    }
    for reached, reasons in REASONS.items():
        assert await recipients.reasons("b1", reached) == dict.fromkeys(reasons, EACH // len(reasons))
    day = NOW + timedelta(days=1)
    assert await recipients.deferred_retries("b1", NOW) == DeferredRetries(count=HELD_OFF, first=day, last=day)
    found, after = [], ""
    while page := await recipients.page("b1", after=after, limit=500):
        found += [one.id for one in page]
        after = found[-1]
    assert found == sorted(one["_id"] for one in stored)
