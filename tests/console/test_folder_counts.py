"""Counts of folders, shared by callers of one process who would get the same ones."""

import asyncio

import pytest

from shared.clock import FixedClock
from shared.domain.conversation import Mode
from shared.operations.inbox.folder_counts import FolderCounter
from shared.repositories.conversations import COLLECTION
from shared.repositories.inbox import Folder, InboxView
from shared.repositories.visibility import EVERYTHING, Visibility
from shared.storage.mongo import Mongo
from tests.profiler import profiled
from tests.repositories.builders import NOW

ANN, BOB = InboxView(member="ann"), InboxView(member="bob")


def _visibility(member: str, *, only_own: bool = False, channels: tuple[str, ...] = ()) -> Visibility:
    return Visibility(member=member, only_own_and_unassigned=only_own, channels=frozenset(channels))


@pytest.fixture
async def counter(mongo: Mongo, clock: FixedClock) -> FolderCounter:
    """Five conversations with agents: three of Ann's, two of Bob's, in different channels."""
    await _add(mongo, "ann", "main", 3)
    await _add(mongo, "bob", "second", 2)
    return FolderCounter(mongo, clock)


async def _add(mongo: Mongo, member: str, channel: str, number: int) -> None:
    state = {"mode": Mode.HUMAN.value, "assigned_to": member, "channel": channel}
    conversations = [
        {"_id": f"{member}-{n}", "workspace": "acme", "last_inbound_at": NOW, "state": state} for n in range(number)
    ]
    await mongo.collection(COLLECTION).insert_all(conversations)


async def test_callers_with_the_same_rights_share_all_counts_but_their_own(
    counter: FolderCounter, mongo: Mongo
) -> None:
    async with profiled(mongo, COLLECTION) as work:
        counts = await asyncio.gather(
            *(counter.of("acme", ANN, _visibility("ann")) for _ in range(20)),
            *(counter.of("acme", BOB, _visibility("bob")) for _ in range(20)),
        )
    assert len(work.commands) == len(Folder) + 1
    assert {(one[Folder.MINE], one[Folder.ALL], one[Folder.PEOPLE]) for one in counts} == {(3, 5, 5), (2, 5, 5)}


async def test_nobody_gets_counts_of_other_rights_filters_or_workspaces(counter: FolderCounter) -> None:
    assert (await counter.of("acme", ANN, EVERYTHING))[Folder.ALL] == 5
    assert (await counter.of("rival", ANN, EVERYTHING))[Folder.ALL] == 0
    assert (await counter.of("acme", InboxView(channel="second"), EVERYTHING))[Folder.ALL] == 2
    assert (await counter.of("acme", InboxView(label="vip"), EVERYTHING))[Folder.ALL] == 0
    assert (await counter.of("acme", ANN, _visibility("ann", channels=("main",))))[Folder.ALL] == 3
    assert (await counter.of("acme", ANN, _visibility("ann", only_own=True)))[Folder.ALL] == 3
    assert (await counter.of("acme", BOB, _visibility("bob", only_own=True)))[Folder.ALL] == 2


async def test_counts_are_new_when_a_page_asks_again(counter: FolderCounter, mongo: Mongo, clock: FixedClock) -> None:
    """Pages do so five seconds after a change (`web/src/live/refresh.ts`)."""
    for member, seconds, counted in (("eve", 3.9, 5), ("zoe", 0.1, 7)):
        assert (await counter.of("acme", ANN, EVERYTHING))[Folder.ALL] == 5
        await _add(mongo, member, "main", 1)
        clock.advance(seconds)
        assert (await counter.of("acme", ANN, EVERYTHING))[Folder.ALL] == counted
