"""Links from identities to customers: registered once, found in all forms, also for customers of an older version."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from shared.clock import FixedClock
from shared.domain import ids
from shared.domain.conversation import CustomerChange
from shared.domain.identities import ResolvedCustomer
from shared.messages.inbound import Sender
from shared.repositories import customer_changes
from shared.repositories.customers import Customers
from shared.repositories.identities import Identities
from shared.repositories.identity_cache import IdentityCache
from shared.storage.mongo import Mongo
from tests.repositories.builders import NOW, PHONE, inbound, later

USER, OTHER = "bsuid:NG.1", "bsuid:NG.2"


async def test_message_with_two_identities_links_them_in_either_order(mongo: Mongo) -> None:
    for first, second in ((PHONE, USER), (OTHER, "+2348055550123")):
        known = Identities(mongo, "acme")
        assert await known.resolve([(first,)], NOW) == [ResolvedCustomer(key=first)]
        assert await known.resolve([(first, second)], later(1)) == [ResolvedCustomer(key=first)]
        assert await known.resolve([(second,), (first,)], later(2)) == [ResolvedCustomer(key=first)] * 2
        assert await known.customer_id(second) == ids.customer_id("acme", first)


async def test_number_is_the_key_of_a_new_customer_with_both_identities(mongo: Mongo) -> None:
    assert await Identities(mongo, "acme").resolve([(PHONE, USER)], NOW) == [ResolvedCustomer(key=PHONE)]
    assert await Identities(mongo, "acme").key_of([USER]) == PHONE


async def test_two_known_customers_are_reported_as_one_until_they_are_merged(mongo: Mongo) -> None:
    known = Identities(mongo, "acme")
    await known.resolve([(USER,)], NOW)
    await known.resolve([(PHONE,)], later(5))
    for _ in range(2):
        assert await known.resolve([(PHONE, USER)], later(9)) == [ResolvedCustomer(key=USER, joins=(PHONE,))]


async def test_concurrent_replicas_agree_on_a_new_customers_key(mongo: Mongo) -> None:
    replicas = [Identities(mongo, "acme") for _ in range(8)]
    people = [(PHONE, USER), (USER,), (PHONE,), (USER, PHONE)] * 2
    found = await asyncio.gather(
        *(
            one.resolve([person], later(number))
            for number, (one, person) in enumerate(zip(replicas, people, strict=True))
        )
    )
    assert all(len(one) == 1 for one in found)
    links = await mongo.collection("identities").find({})
    assert len(links) == 2
    after = {await Identities(mongo, "acme").key_of([one]) for one in (PHONE, USER)}
    (both,) = await Identities(mongo, "acme").resolve([(PHONE, USER)], later(99))
    assert after == {both.key, *both.joins}, "either one person, or two whom the next message joins"


async def test_spellings_of_a_number_are_one_identity(mongo: Mongo) -> None:
    known = Identities(mongo, "acme")
    await known.resolve([("+551187654321", USER)], NOW)
    assert await known.customer_id("+5511987654321") == await known.customer_id(USER)


async def test_customers_stored_before_links_existed_are_found(mongo: Mongo) -> None:
    message = inbound(sender=Sender(identity=PHONE, address=PHONE, phone=PHONE, bsuid="NG.1"))
    await Customers(mongo, "acme").record_contact(ids.customer_id("acme", PHONE), message, NOW)
    known = Identities(mongo, "acme")
    assert await known.customer_id(USER) == ids.customer_id("acme", PHONE)
    assert await known.resolve([(USER,)], later(9)) == [ResolvedCustomer(key=PHONE)]


async def test_customers_split_before_links_existed_are_reported_as_one(mongo: Mongo) -> None:
    customers = Customers(mongo, "acme")
    both = inbound(1, sender=Sender(identity=PHONE, address=PHONE, phone=PHONE, bsuid="NG.1"))
    hidden = inbound(2, sender=Sender(identity=USER, address=USER, bsuid="NG.1"))
    await customers.record_contact(ids.customer_id("acme", PHONE), both, NOW)
    await customers.record_contact(ids.customer_id("acme", USER), hidden, later(5))
    for _ in range(2):  # until the router has merged them, however often it is asked
        assert await Identities(mongo, "acme").resolve([(USER,)], later(9)) == [
            ResolvedCustomer(key=PHONE, joins=(USER,))
        ]


async def test_imported_customer_is_found_by_both_identities(mongo: Mongo) -> None:
    change = customer_changes.import_row(
        CustomerChange(), NOW, digest="d", identities=[PHONE, USER], phone=PHONE, bsuid="NG.1", lead_source={}
    )
    await Customers(mongo, "acme").import_rows([(ids.customer_id("acme", PHONE), change)])
    assert await Identities(mongo, "acme").resolve([(USER,)], later(9)) == [ResolvedCustomer(key=PHONE)]


async def test_cached_identity_needs_no_query(mongo: Mongo, clock: FixedClock) -> None:
    process = IdentityCache(mongo, clock)
    both, hidden = ("acme", (PHONE, USER)), ("acme", (USER,))
    assert process.cached(both) is None
    await process.look_up([both])
    assert process.cached(both) == process.cached(hidden) == ResolvedCustomer(key=PHONE)
    assert process.cached(("rival", (USER,))) is None


async def test_changed_links_leave_the_cache(mongo: Mongo, clock: FixedClock) -> None:
    process, who = IdentityCache(mongo, clock), ("acme", (USER,))
    await process.look_up([who])
    await Identities(mongo, "acme").redirect(PHONE, USER, [], clock.now())
    assert await process.drop_changed() > 0
    assert process.cached(who) is None


@pytest.mark.parametrize("change", ["merge", "release"])
async def test_change_by_a_machine_whose_clock_is_behind_leaves_the_cache(
    mongo: Mongo, clock: FixedClock, change: str
) -> None:
    """Also one that was begun long before it is stored, as a large merge is. The number's next owner gets a
    conversation of their own."""
    process, who, known = IdentityCache(mongo, clock), ("acme", (PHONE,)), Identities(mongo, "acme")
    await process.look_up([who])
    await process.drop_changed()
    clock.advance(60.0)
    await process.drop_changed()
    await process.look_up([who])
    assert process.cached(who) is not None
    if change == "merge":
        await known.redirect("+2348030000077", PHONE, [], clock.now() - timedelta(seconds=60))
    else:
        await known.release(PHONE, PHONE)
    await process.drop_changed()
    assert process.cached(who) is None


async def test_cached_identity_is_looked_up_again_after_minutes(mongo: Mongo, clock: FixedClock) -> None:
    process, who = IdentityCache(mongo, clock), ("acme", (PHONE,))
    await process.look_up([who])
    clock.advance(299.0)
    assert process.cached(who) is not None
    clock.advance(2.0)
    assert process.cached(who) is None


async def test_look_ups_of_a_moment_share_queries(
    mongo: Mongo, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    resolve = Identities.resolve

    async def counted(known: Identities, people: Sequence[tuple[str, ...]], at: datetime) -> list[ResolvedCustomer]:
        asked.append(len(people))
        return await resolve(known, people, at)

    monkeypatch.setattr(Identities, "resolve", counted)
    process = IdentityCache(mongo, clock)
    everyone = [(workspace, (f"+23480300000{number}",)) for workspace in ("acme", "rival") for number in range(10, 35)]
    answers = await asyncio.gather(*(process.look_up([who]) for who in [*everyone, everyone[0]]))
    for who, answer in zip(everyone, answers[:-1], strict=True):
        assert answer == {who: ResolvedCustomer(key=who[1][0])}
        assert process.cached(who) == ResolvedCustomer(key=who[1][0])
    assert answers[-1] == answers[0]
    assert len(asked) <= 4
    assert sum(asked) == len(everyone)
